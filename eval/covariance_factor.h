// Factors of covariances: S = A A^T. Internal to eval.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace gpst {

// All S [d,d] f64, symmetric.

// Lower triangular A [d,d], by Cholesky; none unless S is positive definite beyond rounding.
std::optional<at::Tensor> cholesky_factor(const at::Tensor& s);

// A [d,r] with r the rank of S to rounding, by Cholesky with pivoting (Higham, "Analysis of the
// Cholesky decomposition of a semi-definite matrix", 1990). The covariance of n rows has rank n - 1
// at most, and directions without variance, left in, would each add the square root of a rounding
// error to a sum of roots. None when what remains after r steps is more than rounding: S has
// negative eigenvalues.
std::optional<at::Tensor> pivoted_factor(const at::Tensor& s);

// A [d,r] by eigenvalues, the negative ones taken as 0 and dropped with those lost in rounding.
at::Tensor eigen_factor(const at::Tensor& s);

}  // namespace gpst
