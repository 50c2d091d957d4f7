#pragma once

#include <span>
#include <vector>

#include "tokenizer/grey.h"
#include "tokenizer/region.h"

namespace gpst {

// Which side of a square is cut when both cuts are equally good: `height` gives top and bottom
// (as published), `width` left and right.
enum class SquareTie { height, width };

struct PartitionOptions {
  int tokens = 128;       // regions wanted
  int minhw = 8;          // no side of at most minhw+1 pixels is cut
  double exponent = 2.5;  // of the entropy in the complexity (`gps_adaptive_w`)
  SquareTie square_tie = SquareTie::height;
  bool allow_duplicates = false;  // see partition_tile
};

// Regions in the order of the published program, each with its sort key.
struct Partition {
  std::vector<Region> regions;
  std::vector<double> complexity;
};

// Entropy-driven partition of one tile (numerics 2, paper section 3.1): starting from the whole
// tile, the most complex region that can be cut is halved until there are `tokens` regions. They
// cover the tile exactly, without overlap.
//
// `grey` is [height,width] float32 in [-1,1]; `bias`, empty or of the same size, is summed over a
// region and added to its complexity. The result depends on nothing but the input: it is the same
// on every machine (for exponents that are not multiples of 0.5: up to the last bit of pow).
//
// More tokens than max_regions() is an InputError, unless `allow_duplicates` is set: then the
// last top/bottom pair is appended again and again, as the published program does, and the result
// may be one region longer than asked. Wrong sizes, and values that are not finite, are
// InputErrors too.
Partition partition_tile(std::span<const float> grey, int width, int height,
                         const PartitionOptions& options, std::span<const float> bias = {});

// The largest number of regions that a tile of this size can be cut into.
int max_regions(int width, int height, int minhw);

// The shortest side that cutting a side of this length can lead to: 8 for 256 and minhw 8.
int smallest_side(int side, int minhw);

}  // namespace gpst
