#include "eval/inception_score.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "eval/mean_and_std.h"
#include "eval/numpy_random.h"
#include "nn/libtorch_threads.h"

namespace gpst {
namespace {

void check_logits(const at::Tensor& logits) {
  if (logits.dim() != 2 || logits.size(1) == 0) {
    throw InputError("inception score: the logits are not rows [n,classes]");
  }
}

// exp of the mean over rows of sum_c p_c (log p_c - log q_c), q the mean of p. logits [n,classes].
double score_of_split(const at::Tensor& logits) {
  const at::Tensor log_p = at::log_softmax(logits.to(at::kDouble), 1);  // [n,classes]
  const at::Tensor p = log_p.exp();
  const at::Tensor log_q = p.mean(0, /*keepdim=*/true).log();  // [1,classes]
  // Where p underflowed to 0 its part is 0, even if all of q did.
  const at::Tensor divergence = at::where(p > 0, p * (log_p - log_q), 0.0).sum(1);  // [n]
  return std::exp(divergence.mean().item<double>());
}

}  // namespace

InceptionScore inception_score(const at::Tensor& logits, std::span<const ScoreSplit> splits) {
  check_logits(logits);
  if (splits.empty()) throw InputError("inception score: no pictures");
  // The order of additions inside an operation depends on its number of threads.
  const LibtorchThreads one(1);
  std::vector<double> scores;
  for (const ScoreSplit& split : splits) {
    if (split.begin < 0 || split.begin >= split.end || split.end > logits.size(0)) {
      throw InputError(fmt::format("inception score: rows {} to {} of {} are no split", split.begin,
                                   split.end, logits.size(0)));
    }
    scores.push_back(score_of_split(logits.slice(0, split.begin, split.end)));
    if (!std::isfinite(scores.back())) {
      throw InputError(fmt::format("inception score: logits of rows {} to {} are not finite",
                                   split.begin, split.end - 1));
    }
  }
  const MeanAndStd over_splits = mean_and_std(scores);
  return {over_splits.mean, over_splits.std, std::move(scores)};
}

InceptionScore inception_score_adm(const at::Tensor& logits, int64_t split_size) {
  check_logits(logits);
  return inception_score(logits, splits_of_size(logits.size(0), split_size));
}

InceptionScore inception_score_torch_fidelity(const at::Tensor& logits, int64_t splits,
                                              uint32_t seed) {
  check_logits(logits);
  const int64_t n = logits.size(0);
  const at::Tensor order = at::tensor(NumpyRandomState(seed).permutation(n), at::kLong);  // [n]
  return inception_score(logits.index_select(0, order), equal_splits(n, splits));
}

std::vector<ScoreSplit> splits_of_size(int64_t rows, int64_t size) {
  if (size < 1) throw InputError(fmt::format("inception score: splits of {} pictures", size));
  std::vector<ScoreSplit> splits;
  for (int64_t begin = 0; begin < rows; begin += size) {
    splits.push_back({begin, std::min(rows, begin + size)});
  }
  return splits;
}

std::vector<ScoreSplit> equal_splits(int64_t rows, int64_t count) {
  if (count < 1 || rows < count) {
    throw InputError(fmt::format(
        "inception score: {} splits need as many pictures at least, found {}", count, rows));
  }
  std::vector<ScoreSplit> splits;
  for (int64_t i = 0; i < count; ++i) splits.push_back({i * rows / count, (i + 1) * rows / count});
  return splits;
}

}  // namespace gpst
