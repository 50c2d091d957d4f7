#pragma once

#include <span>
#include <vector>

#include "tokenizer/bias_map.h"
#include "tokenizer/partition.h"

namespace gpst {

// Partition of a picture of several tiles: each square tile of side `tile_side` by itself, in
// row-major order, with regions relative to the tile (numerics 2 and 5).
//
// `chw` is [3,height,width] float32 in [-1,1]; width and height must be multiples of `tile_side`
// (InputError). `attention` says where a user wants more tokens: empty, or of the picture's size.
std::vector<Partition> partition_picture(std::span<const float> chw, int width, int height,
                                         int tile_side, const PartitionOptions& options,
                                         const WeightMap& attention = {});

}  // namespace gpst
