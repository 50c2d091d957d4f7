// The dispatcher's view of render_tiles; for files of this folder. Callers use ops/render_tiles.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gpst::ops {

// gpst_ops::render_tiles: tokens [B*n*n, l, 5+c] -> [B, c, n*height, n*width]
at::Tensor render_tiles(const at::Tensor& tokens, int64_t tiles, int64_t height, int64_t width,
                        double dmax, at::ScalarType dtype, bool channels_last);

// Shared by all backends.
void check_render_tiles(const at::Tensor& tokens, int64_t tiles, int64_t height, int64_t width,
                        double dmax, at::ScalarType dtype);
at::Tensor empty_map(const at::Tensor& tokens, int64_t tiles, int64_t height, int64_t width,
                     at::ScalarType dtype, bool channels_last);

}  // namespace gpst::ops
