// Group norm and tile norm, with the SiLU that follows them fused in (numerics, sections 3 and 5).
//
//   z = (x - mean) * scale * weight[channel] + bias[channel];  y = z, or z * sigmoid(z)
//
// Statistics are taken per sample and group over the group's channels and pixels, biased:
//   NormKind::group  scale = 1 / sqrt(variance + eps)
//   NormKind::tile   scale = 1 / (deviation + eps)
// With tiles n > 1 (tile norm only) mean and deviation are taken per tile of an n x n grid, then
// enlarged to the full map by bicubic interpolation (a = -0.75, half-pixel centres, replicated
// borders) and used per pixel. Nothing but x and the statistics is kept for the gradient.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "ops/norm_kind.h"

namespace gpst {

struct NormOptions {
  int64_t groups = 32;
  double eps = 1e-6;
  NormKind kind = NormKind::group;
  int64_t tiles = 1;  // n of the n x n grid; more than 1 only with NormKind::tile
  Activation activation = Activation::none;
};

// Returns [B, C, H, W], dtype and memory format of x. Differentiable once. A constant group has
// deviation 0, and the gradient through the deviation is 0 there (as at::std has it). A bfloat16 x
// is computed in float32 and rounded once.
// Throws InputError: shapes, dtypes not as stated, C not a multiple of groups, H or W not a
// multiple of tiles, tiles > 1 with NormKind::group.
// On CUDA: float32 and bfloat16; x is read channels-last (fastest so; others are converted to it
// and back), statistics are float64 as on the CPU.
at::Tensor norm_silu(const at::Tensor& x,       // [B, C, H, W] float32, float64 or bfloat16
                     const at::Tensor& weight,  // [C] dtype of x, float32 with a bfloat16 x
                     const at::Tensor& bias,    // [C] likewise
                     const NormOptions& options);

}  // namespace gpst
