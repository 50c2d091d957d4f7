// KID: the maximum mean discrepancy under a polynomial kernel (Binkowski et al. 2018).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace gpst {

struct KernelDistanceOptions {
  int64_t subsets = 100;
  int64_t subset_size = 1000;
  uint32_t seed = 2020;  // of numpy's RandomState
  int threads = 1;       // subsets at a time; the result does not depend on it
};

struct KernelDistance {
  double mean = 0;
  double std = 0;  // population standard deviation over subsets
  std::vector<double> per_subset;
};

// Mean over subsets X of `samples` [n,d] and Y of `reference` [m,d], of s rows each, of
//   1/(s(s-1)) sum_{i!=j} (k(x_i,x_j) + k(y_i,y_j)) - 2/s^2 sum_ij k(x_i,y_j),
//   k(x,y) = (x.y/d + 1)^3, in double.
// The subsets are torch-fidelity's: RandomState(seed).choice(n, s, replace=False), then the same of
// m, subset by subset. InputError for fewer rows than a subset has, naming the option to lower.
KernelDistance kernel_distance(const at::Tensor& samples, const at::Tensor& reference,
                               const KernelDistanceOptions& options = {});

// One subset: x, y [s,d] f64 or f32, s >= 2.
double squared_discrepancy(const at::Tensor& x, const at::Tensor& y);

}  // namespace gpst
