#pragma once

#include <span>
#include <vector>

#include "layout_gen/point.h"
#include "tokenizer/region.h"

namespace gpst {

struct CalibrationOptions {
  int side = 256;  // of the square tile, pixels
  int minhw = 8;   // of the tokenizer whose partitions are imitated
};

// Turns the means of generated Gaussians into a valid dyadic partition with as many regions
// (numerics 8): the means are snapped to the grid of spacing side_min/2, then regions are cut,
// the one with most means first, until there are as many as means. A mean on a cut belongs to the
// right or lower half; equal counts: the larger, then the older region is cut; a square is cut at
// x unless a mean lies on its middle column. The means of a valid partition give that partition
// again (as a set).
//
// InputError: no means, a mean that is not finite, more means than regions fit, or a side that
// does not halve evenly down to its smallest region.
std::vector<Region> calibrate(std::span<const Point> means, const CalibrationOptions& options);

}  // namespace gpst
