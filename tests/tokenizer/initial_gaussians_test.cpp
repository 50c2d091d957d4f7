#include "tokenizer/initial_gaussians.h"

#include <gtest/gtest.h>

namespace gpst {
namespace {

TEST(InitialGaussians, WholeTileIsCentred) {
  const InitialGaussian g = initial_gaussian(whole_tile(256, 128), 256, 128);
  EXPECT_FLOAT_EQ(g.sigma_x, 255.0f / 256 * 2 / 3);
  EXPECT_FLOAT_EQ(g.sigma_y, 127.0f / 128 * 2 / 3);
  EXPECT_EQ(g.rho, 0);
  EXPECT_EQ(g.x, 0);
  EXPECT_EQ(g.y, 0);
}

TEST(InitialGaussians, PaperIsHalfAsWide) {
  const Region region{8, 16, 15, 31};
  const InitialGaussian code = initial_gaussian(region, 64, 64);
  const InitialGaussian paper = initial_gaussian(region, 64, 64, SigmaInit::paper);
  EXPECT_EQ(paper.sigma_x, code.sigma_x / 2);
  EXPECT_EQ(paper.sigma_y, code.sigma_y / 2);
  EXPECT_EQ(paper.x, code.x);
  EXPECT_EQ(paper.y, code.y);
}

TEST(InitialGaussians, BoxesSpanTheTile) {
  const RegionBox box = region_box(whole_tile(64, 32), 64, 32);
  EXPECT_EQ(box.x0, -1);
  EXPECT_EQ(box.y0, -1);
  EXPECT_EQ(box.x1, 1);
  EXPECT_EQ(box.y1, 1);
}

TEST(InitialGaussians, OnePixelHasNoExtent) {
  const InitialGaussian g = initial_gaussian({3, 3, 3, 3}, 8, 8);
  EXPECT_EQ(g.sigma_x, 0);
  EXPECT_EQ(initial_gaussian({0, 0, 0, 0}, 1, 1).x, 0);
}

}  // namespace
}  // namespace gpst
