// The dispatcher's view of grey_tiles; for files of this folder. Callers use ops/grey_tiles.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gpst::ops {

// gpst_ops::grey_tiles: pictures [B, 3, n*side, m*side] -> [B*n*m, side, side]
at::Tensor grey_tiles(const at::Tensor& pictures, int64_t side);

// Shared by all backends.
void check_grey_tiles(const at::Tensor& pictures, int64_t side);
int64_t grey_tile_count(const at::Tensor& pictures, int64_t side);  // B*n*m

}  // namespace gpst::ops
