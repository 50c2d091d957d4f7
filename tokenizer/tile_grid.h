// Pictures and maps made of n x n tiles, as one tensor and as a batch of tiles.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gpst {

// [B,C,n*h,n*w] -> [B*n*n,C,h,w]: the tiles of a picture are neighbours, in row-major order. The
// memory format of `whole`; a view where n is 1.
at::Tensor cut_tiles(const at::Tensor& whole, int64_t n);

// The way back: [B*n*n,C,h,w] -> [B,C,n*h,n*w].
at::Tensor join_tiles(const at::Tensor& tiles, int64_t n);

}  // namespace gpst
