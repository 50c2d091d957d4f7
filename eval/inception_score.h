// The inception score (Salimans et al. 2016) in its two published conventions.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace gpst {

struct InceptionScore {
  double mean = 0;
  double std = 0;  // population standard deviation over splits
  std::vector<double> per_split;
};

// Rows [begin, end) that are scored together.
struct ScoreSplit {
  int64_t begin = 0;
  int64_t end = 0;
};

// exp of the mean over a split's rows of KL(p(y|x) || p(y)), p(y) the mean of the split's softmax
// rows; then mean and deviation over splits. logits [n,classes] f32 or f64, all computed in double.
// InputError when there is no split or an empty one.
InceptionScore inception_score(const at::Tensor& logits, std::span<const ScoreSplit> splits);

// `adm`: consecutive splits of 5,000 rows, the last one shorter and of equal weight. Logits come
// without the bias.
InceptionScore inception_score_adm(const at::Tensor& logits, int64_t split_size = 5000);

// `torch-fidelity`: rows permuted by RandomState(seed).permutation(n), then `splits` splits from
// i*n/splits to (i+1)*n/splits. InputError for fewer rows than splits.
InceptionScore inception_score_torch_fidelity(const at::Tensor& logits, int64_t splits = 10,
                                              uint32_t seed = 2020);

// The splits of both.
std::vector<ScoreSplit> splits_of_size(int64_t rows, int64_t size);
std::vector<ScoreSplit> equal_splits(int64_t rows, int64_t count);

}  // namespace gpst
