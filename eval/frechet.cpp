#include "eval/frechet.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/parallel.h"
#include "eval/covariance_factor.h"
#include "nn/libtorch_threads.h"

namespace gpst {
namespace {

constexpr int64_t kBlock = 512;      // columns of one product
constexpr double kAsymmetry = 1e-5;  // of the largest entry: float32 files
constexpr double kIndefinite = 1e-3;

// l^T m, both [d,d] lower triangular: the zeros of both are left out, two thirds of the work.
at::Tensor product_of_lower(const at::Tensor& l, const at::Tensor& m) {
  const int64_t d = l.size(0);
  at::Tensor product = at::empty_like(l);
  for (int64_t i = 0; i < d; i += kBlock) {
    for (int64_t j = 0; j < d; j += kBlock) {
      const int64_t i_end = std::min(d, i + kBlock), j_end = std::min(d, j + kBlock);
      const int64_t from = std::max(i, j);  // above it one of the two is 0
      product.slice(0, i, i_end)
          .slice(1, j, j_end)
          .addmm_(l.slice(0, from).slice(1, i, i_end).t(), m.slice(0, from).slice(1, j, j_end), 0);
    }
  }
  return product;
}

// x^T y [r,r], known to be symmetric: blocks on and above the diagonal, the rest undefined.
at::Tensor symmetric_product(const at::Tensor& x, const at::Tensor& y) {
  const int64_t r = x.size(1);
  at::Tensor product = at::empty({r, r}, x.options());
  for (int64_t i = 0; i < r; i += kBlock) {
    const int64_t end = std::min(r, i + kBlock);
    product.slice(0, i, end).slice(1, i).addmm_(x.slice(1, i, end).t(), y.slice(1, i), 0);
  }
  return product;
}

// The sum of the roots of the eigenvalues of a symmetric matrix given above its diagonal.
double sum_of_roots(const at::Tensor& upper) {
  if (upper.size(0) == 0) return 0;
  const at::Tensor values = at::linalg_eigvalsh(upper, "U");  // ascending
  const double least = values.min().item<double>(), largest = values.max().item<double>();
  if (least < -kIndefinite * std::max(largest, 0.0)) {
    throw InputError(
        fmt::format("sigma is not a covariance: it has negative variances (the product with the "
                    "other set's has eigenvalues from {:.4g} to {:.4g}); make the statistics again",
                    least, largest));
  }
  return values.clamp_min(0).sqrt().sum().item<double>();
}

struct Factor {
  at::Tensor a;  // [d,r]
  bool lower = false;
};

std::optional<Factor> factor_of(const at::Tensor& s) {
  if (auto lower = cholesky_factor(s)) return Factor{*lower, true};
  if (auto any = pivoted_factor(s)) return Factor{*any, false};
  return std::nullopt;
}

// tr (S1 S2)^1/2: with S1 = A A^T the roots of the eigenvalues of A^T S2 A; and with S2 = B B^T of
// (A^T B)(A^T B)^T, as small as the smaller rank.
double trace_of_root(const at::Tensor& s1, const at::Tensor& s2) {
  const std::optional<Factor> a = factor_of(s1), b = factor_of(s2);
  if (a && b) {
    at::Tensor c = a->lower && b->lower ? product_of_lower(a->a, b->a) : a->a.t().matmul(b->a);
    if (c.size(0) < c.size(1)) c = c.t();
    return sum_of_roots(symmetric_product(c, c));
  }
  // One at least has negative eigenvalues beyond rounding in double: sigma was kept in float32.
  const at::Tensor& other = a ? s2 : s1;
  const at::Tensor factor = a ? a->a : b ? b->a : eigen_factor(s2);
  return sum_of_roots(symmetric_product(factor, other.matmul(factor)));
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
  // The last digits depend on the number of threads, so it is the machine's, not an option.
  const LibtorchThreads all(default_threads());
  const double means = (a.mean - b.mean).square().sum().item<double>();
  const double traces = a.covariance.trace().item<double>() + b.covariance.trace().item<double>();
  const double distance = means + traces - 2 * trace_of_root(a.covariance, b.covariance);
  return std::max(distance, 0.0);  // below is rounding
}

void check_moments(const Moments& moments, std::string_view where) {
  const at::Tensor &mean = moments.mean, &sigma = moments.covariance;
  const auto refuse = [&](const std::string& fault) {
    throw InputError(fmt::format("{}: {}", where, fault));
  };
  if (mean.dim() != 1 || mean.size(0) == 0) refuse("the mean (mu) is not a vector of numbers");
  const int64_t d = mean.size(0);
  if (sigma.dim() != 2 || sigma.size(0) != d || sigma.size(1) != d) {
    refuse(
        fmt::format("the covariance (sigma) has shape [{}], expected [{}, {}] as the mean has {}",
                    fmt::join(sigma.sizes(), ", "), d, d, d));
  }
  if (!at::isfinite(mean).all().item<bool>()) refuse("the mean (mu) holds NaN or infinity");
  if (!at::isfinite(sigma).all().item<bool>()) {
    refuse("the covariance (sigma) holds NaN or infinity");
  }
  const double asymmetry = (sigma - sigma.t()).abs().max().item<double>();
  const double largest = sigma.abs().max().item<double>();
  if (asymmetry > kAsymmetry * largest) {
    refuse(
        fmt::format("the covariance (sigma) is not symmetric: entries differ by up to {:.4g} from "
                    "their mirror images, the largest entry is {:.4g}",
                    asymmetry, largest));
  }
  const double least = sigma.diagonal().min().item<double>();
  if (least < 0) {
    refuse(fmt::format("the covariance (sigma) has a negative variance {:.4g} on its diagonal",
                       least));
  }
}

}  // namespace gpst
