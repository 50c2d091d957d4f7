// Precision and recall of generated pictures (Kynkäänniemi et al. 2019).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gpst {

struct PrecisionRecallOptions {
  int64_t neighbours = 3;  // k, a row itself not counted
  int threads = 1;         // blocks at a time; the result does not depend on it
};

struct PrecisionRecall {
  double precision = 0;
  double recall = 0;
};

// The manifold of a set is the union of balls about its rows, each reaching to the k-th nearest
// other row. precision = share of samples inside a ball of the reference, recall = share of the
// reference inside a ball of the samples; a row on the border is inside.
// reference [n,d], samples [m,d], f32 or f64; squared distances max(|u|^2 + |v|^2 - 2 u.v, 0) in
// double, blocks of rows at a time: n x m is never in memory. InputError for fewer than k + 1 rows.
PrecisionRecall precision_recall(const at::Tensor& reference, const at::Tensor& samples,
                                 const PrecisionRecallOptions& options = {});

// [n] f64: squared distance from each row [n,d] to its k-th nearest other row.
at::Tensor squared_radii(const at::Tensor& rows, const PrecisionRecallOptions& options = {});

}  // namespace gpst
