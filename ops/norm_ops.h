// The dispatcher's view of the norms; for files of this folder. Callers use ops/group_norm_silu.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <tuple>

#include "ops/group_norm_silu.h"

namespace gpst::ops {

// gpst_ops::norm_silu: x [B, C, H, W], weight [C], bias [C]
//   -> y [B, C, H, W], statistics [B, groups, tiles*tiles, 2] float64 (mean, deviation)
// kind and activation are the numbers of NormKind and Activation.
std::tuple<at::Tensor, at::Tensor> norm_silu(const at::Tensor& x, const at::Tensor& weight,
                                             const at::Tensor& bias, int64_t groups, double eps,
                                             int64_t kind, int64_t tiles, int64_t activation);

// gpst_ops::norm_silu_backward -> gradients of x [B, C, H, W], weight [C], bias [C]
std::tuple<at::Tensor, at::Tensor, at::Tensor> norm_silu_backward(
    const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
    const at::Tensor& statistics, int64_t groups, double eps, int64_t kind, int64_t tiles,
    int64_t activation);

// Shared by all backends.
void check_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                const NormOptions& options);
void check_norm_backward(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight,
                         const at::Tensor& bias, const at::Tensor& statistics,
                         const NormOptions& options);

// From the numbers of the schema; refuses others.
NormOptions norm_options(int64_t groups, double eps, int64_t kind, int64_t tiles,
                         int64_t activation);

}  // namespace gpst::ops
