// The splatting renderer (numerics, section 4; definition in ops/render.h), whole batch at once:
//   map[:, pixel] = sum over tokens whose support holds the pixel of w * f
// with the tokens of n x n tiles of a picture put on one canvas on the fly (merge_tiles).
#pragma once

#include "cuda/bf16.h"
#include "cuda/splat_shape.h"
#include "cuda/stream.h"

namespace gpst::cuda {

// Every pixel adds its tokens in their order, in float32: the result depends neither on the batch
// nor on how the canvas is cut into blocks. NaN and infinity behave as on the CPU. Every element of
// the map is written. InputError as check_splat_shape says.
void splat_forward(const SplatShape& shape, MapOrder order,
                   const float* tokens,  // [B*n*n, l, 5+c]
                   float* map,           // [B, c, H, W] or [B, H, W, c]
                   Stream stream);
void splat_forward(const SplatShape& shape, MapOrder order,
                   const float* tokens,  // [B*n*n, l, 5+c]
                   Bf16* map,            // as above, rounded to nearest
                   Stream stream);

}  // namespace gpst::cuda
