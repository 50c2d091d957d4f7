// The decoder's norm (numerics, section 5) without activation: norm_silu with NormKind::tile.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gpst {

// Statistics per tile of a tiles x tiles grid; eps is added to the deviation. Returns [B, C, H, W].
// See ops/group_norm_silu.h for formula, gradient and errors.
at::Tensor tile_norm(const at::Tensor& x,       // [B, C, H, W]
                     const at::Tensor& weight,  // [C]
                     const at::Tensor& bias,    // [C]
                     int64_t groups, int64_t tiles, double eps);

}  // namespace gpst
