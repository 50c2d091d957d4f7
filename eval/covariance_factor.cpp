#include "eval/covariance_factor.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "base/error.h"
#include "eval/block_products.h"

namespace gpst {
namespace {

constexpr double kIndefinite = 1e-3;  // of the largest eigenvalue
constexpr int64_t kPanel = 64;        // rows between two updates of the remainder

// Variances up to this part of the largest are rounding errors. As LAPACK's dpstrf, but not below
// what the sums over pictures leave in small matrices.
double negligible_share(int64_t d) {
  return static_cast<double>(std::max<int64_t>(d, 128)) * std::numeric_limits<double>::epsilon();
}

// S = U^T U with rows and columns of S in the order of their pivots, U [r,d] upper trapezoidal.
class PivotedCholesky {
 public:
  explicit PivotedCholesky(const at::Tensor& s)
      : d_(s.size(0)),
        remainder_(s.contiguous().clone()),
        rows_(at::zeros({d_, d_}, s.options())),
        variance_(d_),
        order_(d_),
        r_(remainder_.data_ptr<double>()),
        u_(rows_.data_ptr<double>()) {
    std::iota(order_.begin(), order_.end(), int64_t{0});
    for (int64_t i = 0; i < d_; ++i) variance_[i] = r_[i * d_ + i];
    if (d_ > 0) {
      negligible_ = negligible_share(d_) * *std::max_element(variance_.begin(), variance_.end());
    }
  }

  // False: S is not positive semi-definite.
  bool run() {
    for (int64_t begin = 0; begin < d_; begin += kPanel) {
      const int64_t end = std::min(d_, begin + kPanel);
      while (rank_ < end && step(begin)) ++rank_;
      update_remainder(begin);
      if (rank_ < end) return remainder_is_negligible();
    }
    return true;
  }

  LowerFactor factor() const {
    return {rows_.slice(0, 0, rank_).t().contiguous(), at::tensor(order_, at::kLong)};
  }

 private:
  // Row rank_ of U from the largest remaining variance; rows of this panel are not yet taken off
  // the remainder. False when nothing but rounding is left.
  bool step(int64_t panel) {
    const int64_t k = rank_;
    const auto largest = std::max_element(variance_.begin() + k, variance_.end());
    if (!(*largest > negligible_)) return false;
    swap(k, largest - variance_.begin());
    double* row = u_ + k * d_;
    std::copy(r_ + k * d_ + k, r_ + (k + 1) * d_, row + k);
    for (int64_t j = panel; j < k; ++j) {
      const double* before = u_ + j * d_;
      const double factor = before[k];
      for (int64_t i = k; i < d_; ++i) row[i] -= factor * before[i];
    }
    if (!(row[k] > 0)) return false;
    const double scale = 1 / std::sqrt(row[k]);
    for (int64_t i = k; i < d_; ++i) {
      row[i] *= scale;
      variance_[i] -= row[i] * row[i];
    }
    return true;
  }

  // Rows and columns k and pivot > k of what is above the diagonal, from row k on.
  void swap(int64_t k, int64_t pivot) {
    if (k == pivot) return;
    std::swap(order_[k], order_[pivot]);
    std::swap(variance_[k], variance_[pivot]);
    std::swap(r_[k * d_ + k], r_[pivot * d_ + pivot]);
    for (int64_t i = k + 1; i < pivot; ++i) std::swap(r_[k * d_ + i], r_[i * d_ + pivot]);
    std::swap_ranges(r_ + k * d_ + pivot + 1, r_ + (k + 1) * d_, r_ + pivot * d_ + pivot + 1);
    for (int64_t j = 0; j < k; ++j) std::swap(u_[j * d_ + k], u_[j * d_ + pivot]);
  }

  void update_remainder(int64_t panel) {
    const at::Tensor rows = rows_.slice(0, panel, rank_).slice(1, rank_);  // [<=kPanel,d-rank]
    add_upper_product(remainder_.slice(0, rank_).slice(1, rank_), rows, -1);
    for (int64_t i = rank_; i < d_; ++i) variance_[i] = r_[i * d_ + i];
  }

  // The entries of a semi-definite remainder are no larger than its variances.
  bool remainder_is_negligible() const {
    const at::Tensor rest = remainder_.slice(0, rank_).slice(1, rank_).triu();
    return rest.abs().max().item<double>() <= 8 * negligible_;
  }

  int64_t d_;
  int64_t rank_ = 0;
  double negligible_ = 0;
  at::Tensor remainder_;          // [d,d], S - U^T U from row rank_ on, above the diagonal
  at::Tensor rows_;               // [d,d], U in its first rows
  std::vector<double> variance_;  // [d], the remainder's diagonal
  std::vector<int64_t> order_;    // [d], which row of S stands where
  double* r_;
  double* u_;
};

}  // namespace

at::Tensor LowerFactor::in_natural_order() const {
  return order.defined() ? at::empty_like(lower).index_copy_(0, order, lower) : lower;
}

std::optional<LowerFactor> cholesky_factor(const at::Tensor& s) {
  const auto [factor, info] = at::linalg_cholesky_ex(s);
  if (info.item<int>() != 0) return std::nullopt;
  const at::Tensor pivots = factor.diagonal().square();  // [d]
  const double largest = s.diagonal().max().item<double>();
  if (!(pivots.min().item<double>() > negligible_share(s.size(0)) * largest)) return std::nullopt;
  return LowerFactor{factor, {}};
}

std::optional<LowerFactor> pivoted_factor(const at::Tensor& s) {
  PivotedCholesky cholesky(s);
  if (!cholesky.run()) return std::nullopt;
  return cholesky.factor();
}

at::Tensor eigen_factor(const at::Tensor& s) {
  const auto [values, vectors] = at::linalg_eigh(s);  // [d] ascending, [d,d] in columns
  check_not_indefinite(values);
  const double least = negligible_share(s.size(0)) * values.max().item<double>();
  const int64_t kept = (values > std::max(least, 0.0)).sum().item<int64_t>();
  const int64_t first = s.size(0) - kept;
  return vectors.slice(1, first) * values.slice(0, first).sqrt();  // [d,kept]
}

void check_not_indefinite(const at::Tensor& eigenvalues) {
  const double least = eigenvalues.min().item<double>();
  const double largest = eigenvalues.max().item<double>();
  if (least < -kIndefinite * std::max(largest, 0.0)) {
    throw InputError(
        fmt::format("sigma is not a covariance: it has negative variances (eigenvalues from {:.4g} "
                    "to {:.4g}); make the statistics again",
                    least, largest));
  }
}

}  // namespace gpst
