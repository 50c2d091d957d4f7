#include "eval/frechet.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "base/parallel.h"
#include "eval/block_products.h"
#include "eval/covariance_factor.h"
#include "nn/libtorch_threads.h"
#include "nn/worker_threads.h"

namespace gpst {
namespace {

// A^T B of two factors.
at::Tensor product_of(const LowerFactor& a, const LowerFactor& b) {
  if (!a.order.defined() && !b.order.defined()) {
    return block_product(a.lower, Shape::lower, b.lower, Shape::lower, default_threads());
  }
  const at::Tensor rows = b.in_natural_order();  // [d,r]
  return block_product(a.lower, Shape::lower,
                       a.order.defined() ? rows.index_select(0, a.order) : rows, Shape::full,
                       default_threads());
}

// The sum of the roots of the eigenvalues of a symmetric matrix given above its diagonal.
double sum_of_roots(const at::Tensor& upper) {
  if (upper.size(0) == 0) return 0;
  // Transposed it is in LAPACK's order as it lies.
  const at::Tensor values = at::linalg_eigvalsh(upper.t(), "L");  // ascending
  check_not_indefinite(values);
  return values.clamp_min(0).sqrt().sum().item<double>();
}

std::optional<LowerFactor> factor_of(const Moments& moments) {
  const bool may_be_full = moments.count == 0 || moments.count > moments.mean.size(0);
  if (may_be_full) {
    if (auto factor = cholesky_factor(moments.covariance)) return factor;
  }
  return pivoted_factor(moments.covariance);
}

// tr (S1 S2)^1/2: with S1 = A A^T the roots of the eigenvalues of A^T S2 A; and with S2 = B B^T of
// (A^T B)(A^T B)^T, as small as the smaller rank.
double trace_of_root(const Moments& first, const Moments& second) {
  std::array<std::optional<LowerFactor>, 2> factors;  // much of it has no use for a second thread
  for_each_on_workers(2, default_threads(),
                      [&](int64_t i, int) { factors[i] = factor_of(i == 0 ? first : second); });
  const auto& [a, b] = factors;
  if (a && b) {
    at::Tensor c = product_of(*a, *b);
    if (c.size(0) < c.size(1)) c = c.t();
    return sum_of_roots(upper_product(c, c, default_threads()));
  }
  // One at least has negative eigenvalues beyond rounding in double: sigma was kept in float32.
  const at::Tensor& other = a ? second.covariance : first.covariance;
  const at::Tensor factor = a   ? a->in_natural_order()
                            : b ? b->in_natural_order()
                                : eigen_factor(second.covariance);  // [d,r]
  const at::Tensor product =                                        // [d,r]
      block_product(other, Shape::full, factor, Shape::full, default_threads());
  return sum_of_roots(upper_product(factor, product, default_threads()));
}

}  // namespace

double frechet_distance(const Moments& a, const Moments& b) {
  check_moments(a, "the first set");
  check_moments(b, "the second set");
  if (a.mean.size(0) != b.mean.size(0)) {
    throw InputError(fmt::format(
        "statistics of different dimensions: {} and {}; both sets need the features of one network",
        a.mean.size(0), b.mean.size(0)));
  }
  // Products run on workers block by block. The eigenvalues take one thread: with several they take
  // half the time on an idle machine, but many times as long on a busy one, as the threads meet
  // after every column.
  const LibtorchThreads one(1);
  const double means = (a.mean - b.mean).square().sum().item<double>();
  const double traces = a.covariance.trace().item<double>() + b.covariance.trace().item<double>();
  const double distance = means + traces - 2 * trace_of_root(a, b);
  return std::max(distance, 0.0);  // below is rounding
}

}  // namespace gpst
