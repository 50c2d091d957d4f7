// Factors of covariances. Internal to eval.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace gpst {

// S = A A^T, A [d,r] with its rows taken in an order that makes it lower trapezoidal.
struct LowerFactor {
  at::Tensor lower;  // [d,r], 0 above the diagonal
  at::Tensor order;  // [d] i64: row i of `lower` is row order[i] of A; undefined: row i

  at::Tensor in_natural_order() const;  // A
};

// All S [d,d] f64, symmetric.

// By Cholesky, r = d; none unless S is positive definite beyond rounding.
std::optional<LowerFactor> cholesky_factor(const at::Tensor& s);

// By Cholesky with pivoting (Higham, "Analysis of the Cholesky decomposition of a semi-definite
// matrix", 1990), r the rank of S to rounding. The covariance of n rows has rank n - 1 at most, and
// directions without variance, left in, would each add the root of a rounding error to a sum of
// roots. None when what remains after r steps is more than rounding: S has negative eigenvalues.
std::optional<LowerFactor> pivoted_factor(const at::Tensor& s);

// A [d,r] by eigenvalues, those up to rounding dropped and the negative ones with them.
// InputError as check_not_indefinite.
at::Tensor eigen_factor(const at::Tensor& s);

// InputError when eigenvalues [d] of a covariance, or of the product of two, are so far below 0
// that it is not the rounding of a file.
void check_not_indefinite(const at::Tensor& eigenvalues);

}  // namespace gpst
