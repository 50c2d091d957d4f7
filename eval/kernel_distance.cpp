#include "eval/kernel_distance.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <string_view>

#include "base/error.h"
#include "eval/block_products.h"
#include "eval/mean_and_std.h"
#include "eval/numpy_random.h"
#include "nn/worker_threads.h"

namespace gpst {
namespace {

// k of all the products x.y in `products`, in place.
void to_kernel(at::Tensor& products, int64_t d) {
  products.div_(static_cast<double>(d)).add_(1).pow_(3);
}

// Sum of k(x_i, y_j) over all pairs, x [s,d], y [t,d] f64.
double sum_of_pairs(const at::Tensor& x, const at::Tensor& y) {
  at::Tensor k = x.matmul(y.t());  // [s,t]
  to_kernel(k, x.size(1));
  return k.sum().item<double>();
}

// Sum of k(x_i, x_j) over i != j, x [s,d] f64.
double sum_of_others(const at::Tensor& x) {
  at::Tensor k = upper_product(x.t(), x.t());  // [s,s]
  to_kernel(k, x.size(1));
  return 2 * k.triu_(1).sum().item<double>();
}

void check(const at::Tensor& samples, const at::Tensor& reference,
           const KernelDistanceOptions& options) {
  if (samples.dim() != 2 || reference.dim() != 2 || samples.size(1) != reference.size(1)) {
    throw InputError("KID: the features of the two sets are not rows of one length");
  }
  if (options.subsets < 1 || options.subset_size < 2) {
    throw InputError(fmt::format("KID: {} subsets of {} pictures; at least 1 of 2 are needed",
                                 options.subsets, options.subset_size));
  }
  const auto check_rows = [&](std::string_view what, int64_t rows) {
    if (rows >= options.subset_size) return;
    throw InputError(fmt::format(
        "KID: {} {} pictures, a subset has {}: use more pictures or set kid_subset_size to at most "
        "the number of the smaller set (and say so beside the result)",
        what, rows, options.subset_size));
  };
  check_rows("the samples are", samples.size(0));
  check_rows("the reference has", reference.size(0));
}

struct Draw {
  at::Tensor samples;    // [s] i64
  at::Tensor reference;  // [s] i64
};

std::vector<Draw> draw_subsets(int64_t samples, int64_t reference,
                               const KernelDistanceOptions& options) {
  NumpyRandomState random(options.seed);
  std::vector<Draw> draws(options.subsets);
  for (Draw& draw : draws) {
    draw.samples = at::tensor(random.choice(samples, options.subset_size), at::kLong);
    draw.reference = at::tensor(random.choice(reference, options.subset_size), at::kLong);
  }
  return draws;
}

}  // namespace

double squared_discrepancy(const at::Tensor& x, const at::Tensor& y) {
  const at::Tensor a = x.to(at::kDouble), b = y.to(at::kDouble);
  const double s = static_cast<double>(a.size(0)), t = static_cast<double>(b.size(0));
  const double within = sum_of_others(a) / (s * (s - 1)) + sum_of_others(b) / (t * (t - 1));
  return within - 2 * sum_of_pairs(a, b) / (s * t);
}

KernelDistance kernel_distance(const at::Tensor& samples, const at::Tensor& reference,
                               const KernelDistanceOptions& options) {
  check(samples, reference, options);
  const std::vector<Draw> draws = draw_subsets(samples.size(0), reference.size(0), options);
  KernelDistance result;
  result.per_subset.resize(draws.size());
  for_each_on_workers(options.subsets, options.threads, [&](int64_t i, int) {
    result.per_subset[i] = squared_discrepancy(samples.index_select(0, draws[i].samples),
                                               reference.index_select(0, draws[i].reference));
  });
  const MeanAndStd over_subsets = mean_and_std(result.per_subset);
  result.mean = over_subsets.mean;
  result.std = over_subsets.std;
  return result;
}

}  // namespace gpst
