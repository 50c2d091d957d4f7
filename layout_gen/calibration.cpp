#include "layout_gen/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/error.h"
#include "tokenizer/partition.h"

namespace gpst {
namespace {

// A mean in half pixels from the tile's upper left corner: twice the pixel coordinate in which
// pixel i has its centre at i+0.5, so that the middle of every region is an integer.
struct Node {
  int64_t x = 0;
  int64_t y = 0;
};

// The nearest node to a coordinate; spacing side_min/2 pixels. No centre of a region lies nearer
// to the border than one spacing, so neither does a node.
int64_t snap(float coordinate, int side, int side_min) {
  const double pixel = (static_cast<double>(coordinate) / 2 + 0.5) * (side - 1) + 0.5;
  const double node = std::floor(pixel * 2 / side_min + 0.5);
  const double last = 2.0 * side / side_min - 1;
  return static_cast<int64_t>(std::clamp(node, 1.0, last)) * side_min;
}

// A region and the means that lie in it.
struct Cell {
  Region region;
  std::vector<Node> means;
};

// Middle column and row of a region, in half pixels.
int64_t middle_x(const Region& r) { return int64_t{r.x0} + r.x1 + 1; }
int64_t middle_y(const Region& r) { return int64_t{r.y0} + r.y1 + 1; }

bool cuts_width(const Cell& cell) {
  const int width = cell.region.width(), height = cell.region.height();
  if (width != height) return width > height;
  return std::none_of(
      cell.means.begin(), cell.means.end(),
      [middle = middle_x(cell.region)](const Node& mean) { return mean.x == middle; });
}

std::pair<Cell, Cell> cut(Cell cell) {
  const bool by_x = cuts_width(cell);
  const Halves halves = by_x ? cut_left_right(cell.region) : cut_top_bottom(cell.region);
  const int64_t middle = by_x ? middle_x(cell.region) : middle_y(cell.region);
  const auto beyond =
      std::stable_partition(cell.means.begin(), cell.means.end(),
                            [&](const Node& mean) { return (by_x ? mean.x : mean.y) < middle; });
  Cell second{halves.second, {beyond, cell.means.end()}};
  cell.means.erase(beyond, cell.means.end());
  return {{halves.first, std::move(cell.means)}, std::move(second)};
}

// The first of those that can be cut, by number of means, then area; older cells stand first.
std::vector<Cell>::iterator next_cell(std::vector<Cell>& cells, int minhw) {
  const auto rank = [minhw](const Cell& cell) {
    return can_be_cut(cell.region, minhw)
               ? std::pair(static_cast<int64_t>(cell.means.size()), cell.region.area())
               : std::pair(int64_t{-1}, int64_t{0});
  };
  return std::max_element(cells.begin(), cells.end(),
                          [&](const Cell& a, const Cell& b) { return rank(a) < rank(b); });
}

void check(std::span<const Point> means, const CalibrationOptions& options) {
  const auto [side, minhw] = options;
  if (side < 1 || minhw < 0) {
    throw InputError(fmt::format("calibration: tile side {} and minhw {}", side, minhw));
  }
  int even = smallest_side(side, minhw);
  while (even < side) even *= 2;
  if (even != side) {
    throw InputError(
        fmt::format("calibration: a tile side of {} pixels does not halve evenly down to its "
                    "smallest region ({} "
                    "pixels at minhw {})",
                    side, smallest_side(side, minhw), minhw));
  }
  const auto most = static_cast<size_t>(max_regions(side, side, minhw));
  if (means.empty() || means.size() > most) {
    throw InputError(fmt::format(
        "calibration: {} means, expected 1 to {} for a tile side of {} pixels (minhw {})",
        means.size(), most, side, minhw));
  }
  for (size_t i = 0; i < means.size(); ++i) {
    if (std::isfinite(means[i].x) && std::isfinite(means[i].y)) continue;
    throw InputError(fmt::format("calibration: mean {} is ({}, {}), expected finite numbers", i,
                                 means[i].x, means[i].y));
  }
}

}  // namespace

std::vector<Region> calibrate(std::span<const Point> means, const CalibrationOptions& options) {
  check(means, options);
  const int side_min = smallest_side(options.side, options.minhw);
  Cell whole{whole_tile(options.side, options.side), {}};
  for (const Point& mean : means) {
    whole.means.push_back(
        {snap(mean.x, options.side, side_min), snap(mean.y, options.side, side_min)});
  }
  std::vector<Cell> cells;
  cells.push_back(std::move(whole));
  while (cells.size() < means.size()) {
    const auto next = next_cell(cells, options.minhw);
    auto [first, second] = cut(std::move(*next));
    cells.erase(next);
    cells.push_back(std::move(first));
    cells.push_back(std::move(second));
  }
  std::vector<Region> regions;
  for (const Cell& cell : cells) regions.push_back(cell.region);
  return regions;
}

}  // namespace gpst
