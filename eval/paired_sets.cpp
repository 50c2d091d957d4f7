#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <span>
#include <utility>

#include "base/error.h"
#include "base/progress.h"
#include "eval/chunks.h"
#include "eval/paired.h"
#include "eval/picture_set.h"
#include "eval/signed_batch.h"

namespace gpst {
namespace {

struct Rejected {
  int64_t index = 0;
  std::string reason;
};

// Pairs of one size whose LPIPS is still to come.
struct DeviceBatch {
  std::vector<size_t> scores;  // which of the chunk's
  at::Tensor a, b;             // [n,3,H,W] on the host
};

// What a worker makes of a chunk.
struct PairChunk {
  std::vector<PairScore> scores;
  std::vector<Rejected> rejected;
  std::vector<DeviceBatch> batches;  // empty when the worker computed LPIPS itself
};

class SetComparison {
 public:
  explicit SetComparison(const PairedOptions& options)
      : options_(options), on_device_(options.lpips && !options.lpips->device().is_cpu()) {}

  PairedResult run(const PictureSet& a, const PictureSet& b, Progress& progress) {
    const ChunkOptions chunks{.threads = options_.threads, .progress = &progress};
    for_each_pair_chunk<PairChunk>(
        a, b, chunks, [&](std::span<const LoadedPair> pairs) { return chunk_of(pairs); },
        [&](int64_t, PairChunk chunk) { take(std::move(chunk)); });
    result_.means = means_of(result_.pairs);
    return std::move(result_);
  }

 private:
  PairChunk chunk_of(std::span<const LoadedPair> pairs) const {
    PairChunk chunk;
    std::vector<const LoadedPair*> scored;
    for (const LoadedPair& pair : pairs) {
      try {
        for (const LoadedPicture* each : {&pair.a, &pair.b}) {
          if (!each->picture) throw InputError(each->reason);
        }
        chunk.scores.push_back(score_of(pair));
        scored.push_back(&pair);
      } catch (const InputError& error) {
        chunk.rejected.push_back({pair.a.index, error.what()});
      }
    }
    if (on_device_) chunk.batches = batches_of(scored);
    return chunk;
  }

  PairScore score_of(const LoadedPair& pair) const {
    const auto compare = on_device_ ? compare_pixels : compare_pair;
    PairScore score;
    try {
      score = compare(*pair.a.picture, *pair.b.picture, options_);
    } catch (const InputError& error) {
      throw InputError(
          fmt::format("{} and {}: {}", pair.a.location, pair.b.location, error.what()));
    }
    score.index = pair.a.index;
    score.name = pair.a.name;
    return score;
  }

  // Neighbours of one size together.
  static std::vector<DeviceBatch> batches_of(const std::vector<const LoadedPair*>& pairs) {
    std::vector<DeviceBatch> batches;
    for (size_t begin = 0, end = 0; begin < pairs.size(); begin = end) {
      std::vector<const Picture8*> a, b;
      DeviceBatch batch;
      for (; end < pairs.size(); ++end) {
        const Picture8 &first = *pairs[begin]->a.picture, &next = *pairs[end]->a.picture;
        if (next.width != first.width || next.height != first.height) break;
        a.push_back(&next);
        b.push_back(&*pairs[end]->b.picture);
        batch.scores.push_back(end);
      }
      batch.a = signed_batch(a);
      batch.b = signed_batch(b);
      batches.push_back(std::move(batch));
    }
    return batches;
  }

  // In order, on the calling thread.
  void take(PairChunk chunk) {
    for (const Rejected& each : chunk.rejected) {
      if (options_.on_reject) options_.on_reject(each.index, each.reason);
    }
    for (const DeviceBatch& batch : chunk.batches) add_lpips(batch, chunk.scores);
    for (PairScore& score : chunk.scores) {
      if (score.identical) ++result_.identical;
      result_.pairs.push_back(std::move(score));
    }
  }

  void add_lpips(const DeviceBatch& batch, std::vector<PairScore>& scores) const {
    const at::NoGradGuard no_grad;
    const Lpips& lpips = *options_.lpips;
    const at::Tensor distance =
        lpips.distance(batch.a.to(lpips.device()), batch.b.to(lpips.device())).cpu();  // [n]
    for (size_t i = 0; i < batch.scores.size(); ++i) {
      scores[batch.scores[i]].lpips = distance[static_cast<int64_t>(i)].item<double>();
    }
  }

  const PairedOptions& options_;
  const bool on_device_;
  PairedResult result_;
};

}  // namespace

PairedResult compare_sets(const PictureSet& a, const PictureSet& b, const PairedOptions& options,
                          Log& log) {
  if (a.size() != b.size()) {
    throw InputError(fmt::format("pairs need two sets of one length, got {} and {} pictures",
                                 a.size(), b.size()));
  }
  Progress progress(log, options.label, a.size(), {.enabled = options.show_progress});
  return SetComparison(options).run(a, b, progress);
}

}  // namespace gpst
