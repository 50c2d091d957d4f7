#include "tokenizer/layout.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"

namespace gpst {
namespace {

std::vector<Partition> two_tiles() {
  return {{{{0, 0, 31, 63}, {32, 0, 63, 63}}, {2, 1}}, {{{0, 0, 63, 31}, {0, 32, 63, 63}}, {2, 1}}};
}

TEST(Layout, HoldsTheInitialGaussiansOfEveryRegion) {
  const auto tiles = two_tiles();
  const Layout layout = initial_gaussians(tiles, {64, 64});
  ASSERT_EQ(layout.values().sizes(), (std::vector<int64_t>{2, 2, 5}));
  for (int64_t tile = 0; tile < 2; ++tile) {
    for (int64_t token = 0; token < 2; ++token) {
      const InitialGaussian g = initial_gaussian(tiles[tile].regions[token], 64, 64);
      EXPECT_EQ(layout.sigma()[tile][token][0].item<float>(), g.sigma_x);
      EXPECT_EQ(layout.sigma()[tile][token][1].item<float>(), g.sigma_y);
      EXPECT_EQ(layout.rho()[tile][token][0].item<float>(), g.rho);
      EXPECT_EQ(layout.mean()[tile][token][0].item<float>(), g.x);
      EXPECT_EQ(layout.mean()[tile][token][1].item<float>(), g.y);
    }
  }
}

TEST(Layout, BoxesAreTheRegionsInTileCoordinates) {
  const at::Tensor boxes = region_boxes(two_tiles(), {64, 64});
  ASSERT_EQ(boxes.sizes(), (std::vector<int64_t>{2, 2, 4}));
  EXPECT_EQ(boxes[1][0][0].item<float>(), -1);
  EXPECT_EQ(boxes[1][1][3].item<float>(), 1);
  EXPECT_FLOAT_EQ(boxes[0][0][2].item<float>(), 31.0f / 63 * 2 - 1);
}

TEST(Layout, RefusesOtherShapes) {
  EXPECT_THROW(Layout(at::zeros({2, 5})), InputError);
  EXPECT_THROW(Layout(at::zeros({1, 2, 6})), InputError);
  EXPECT_THROW(Layout(at::zeros({1, 2, 5}, at::kLong)), InputError);
  EXPECT_THROW(Layout(at::Tensor()), InputError);
  auto tiles = two_tiles();
  tiles[1].regions.pop_back();
  EXPECT_THROW(initial_gaussians(tiles, {64, 64}), InputError);
  EXPECT_THROW(region_boxes({}, {64, 64}), InputError);
}

}  // namespace
}  // namespace gpst
