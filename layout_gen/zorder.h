#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "layout_gen/point.h"

namespace gpst {

// The order in which the Z-curve (Morton order, 65,536 steps an axis, y before x: upper left,
// upper right, lower left, lower right) visits the centres; centres in [-1,1], others count as the
// border. Returns the permutation: element k is the index of the k-th centre on the curve. Centres
// in one cell are ordered by y, then x, then index, so the order is the same everywhere.
std::vector<int64_t> z_order(std::span<const Point> centres);

}  // namespace gpst
