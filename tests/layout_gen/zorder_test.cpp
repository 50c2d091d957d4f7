#include "layout_gen/zorder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/philox.h"

namespace gpst {
namespace {

TEST(ZOrder, VisitsQuartersAsAZ) {
  const std::vector<Point> centres = {{0.5f, 0.5f}, {-0.5f, 0.5f}, {0.5f, -0.5f}, {-0.5f, -0.5f}};
  EXPECT_EQ(z_order(centres), (std::vector<int64_t>{3, 2, 1, 0}));
}

TEST(ZOrder, IsRecursive) {
  std::vector<Point> grid;  // 8 x 8, row by row
  for (int i = 0; i < 64; ++i) {
    grid.push_back(
        {static_cast<float>(i % 8) / 4 - 0.875f, static_cast<float>(i / 8) / 4 - 0.875f});
  }
  const auto order = z_order(grid);
  for (int k = 0; k < 64; ++k) {
    int x = 0, y = 0;
    for (int bit = 0; bit < 3; ++bit) {
      x |= (k >> (2 * bit) & 1) << bit;
      y |= (k >> (2 * bit + 1) & 1) << bit;
    }
    EXPECT_EQ(order[k], y * 8 + x);
  }
}

TEST(ZOrder, DoesNotDependOnTheOrderGiven) {
  PhiloxStream random(5, 0, Purpose::shuffle);
  std::vector<Point> centres(200);
  for (Point& p : centres) p = {2 * random.next_uniform() - 1, 2 * random.next_uniform() - 1};
  for (int i = 0; i < 50; ++i) centres[i].x = centres[i + 50].x + 1e-7f;  // some share a cell
  std::vector<Point> shuffled = centres;
  std::rotate(shuffled.begin(), shuffled.begin() + 77, shuffled.end());
  const auto one = z_order(centres), other = z_order(shuffled);
  for (size_t k = 0; k < centres.size(); ++k) {
    EXPECT_EQ(centres[one[k]].x, shuffled[other[k]].x);
    EXPECT_EQ(centres[one[k]].y, shuffled[other[k]].y);
  }
}

TEST(ZOrder, EqualCentresKeepTheirOrder) {
  const std::vector<Point> centres = {{0.1f, 0.1f}, {-1, -1}, {0.1f, 0.1f}, {-1, -1}};
  EXPECT_EQ(z_order(centres), (std::vector<int64_t>{1, 3, 0, 2}));
}

TEST(ZOrder, WhatLiesOutsideCountsAsTheBorder) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<Point> centres = {{5, infinity}, {0, 0}, {-infinity, -5}};
  EXPECT_EQ(z_order(centres), (std::vector<int64_t>{2, 1, 0}));
}

}  // namespace
}  // namespace gpst
