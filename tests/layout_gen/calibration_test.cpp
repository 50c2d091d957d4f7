#include "layout_gen/calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

#include "base/error.h"
#include "base/philox.h"
#include "tests/tokenizer/partition_helpers.h"
#include "tokenizer/initial_gaussians.h"
#include "tokenizer/partition.h"

namespace gpst {
namespace {

std::vector<Region> sorted(std::vector<Region> regions) {
  std::sort(regions.begin(), regions.end(), [](const Region& a, const Region& b) {
    return std::tie(a.y0, a.x0, a.y1, a.x1) < std::tie(b.y0, b.x0, b.y1, b.x1);
  });
  return regions;
}

std::vector<Point> centres_of(const std::vector<Region>& regions, int side) {
  std::vector<Point> points;
  for (const Region& region : regions) {
    const InitialGaussian g = initial_gaussian(region, side, side);
    points.push_back({g.x, g.y});
  }
  return points;
}

// Any valid partition: a region that can be cut is chosen at random; squares are cut either way.
std::vector<Region> random_partition(const CalibrationOptions& options, int tokens,
                                     PhiloxStream& random) {
  std::vector<Region> regions = {whole_tile(options.side, options.side)};
  while (static_cast<int>(regions.size()) < tokens) {
    const size_t chosen = random.next_u32() % regions.size();
    const Region region = regions[chosen];
    if (!can_be_cut(region, options.minhw)) continue;
    const bool square = region.width() == region.height();
    const bool by_x = square ? random.next_u32() % 2 == 0 : region.width() > region.height();
    const Halves halves = by_x ? cut_left_right(region) : cut_top_bottom(region);
    regions[chosen] = halves.first;
    regions.push_back(halves.second);
  }
  return regions;
}

TEST(Calibration, ValidPartitionsAreFixedPoints) {
  PhiloxStream random(17, 0, Purpose::layout_noise);
  for (const CalibrationOptions& options :
       {CalibrationOptions{256, 8}, CalibrationOptions{64, 4}, CalibrationOptions{48, 3},
        CalibrationOptions{16, 0}, CalibrationOptions{96, 16}}) {
    const int most = max_regions(options.side, options.side, options.minhw);
    for (int repeat = 0; repeat < 200; ++repeat) {
      const int tokens = 1 + static_cast<int>(random.next_u32() % std::min(most, 200));
      const auto regions = random_partition(options, tokens, random);
      auto means = centres_of(regions, options.side);
      std::rotate(means.begin(), means.begin() + tokens / 3, means.end());  // order is no help
      ASSERT_EQ(sorted(calibrate(means, options)), sorted(regions))
          << "side " << options.side << ", " << tokens << " tokens, repeat " << repeat;
    }
  }
}

TEST(Calibration, SmallErrorsOfTheMeansAreSnappedAway) {
  const CalibrationOptions options{64, 4};  // nodes are 2 pixels apart
  PhiloxStream random(23, 0, Purpose::layout_noise);
  const float almost_a_pixel = 0.95f * 2 / 63;
  for (int repeat = 0; repeat < 50; ++repeat) {
    const auto regions = random_partition(options, 64, random);
    auto means = centres_of(regions, options.side);
    for (Point& mean : means) {
      mean.x += almost_a_pixel * (2 * random.next_uniform() - 1);
      mean.y += almost_a_pixel * (2 * random.next_uniform() - 1);
    }
    ASSERT_EQ(sorted(calibrate(means, options)), sorted(regions)) << repeat;
  }
}

TEST(Calibration, AnyMeansGiveAValidPartition) {
  const CalibrationOptions options{64, 4};
  PhiloxStream random(29, 0, Purpose::layout_noise);
  for (int repeat = 0; repeat < 100; ++repeat) {
    std::vector<Point> means(1 + random.next_u32() % 256);
    for (Point& mean : means) {
      mean = {0.5f * random.next_normal(), 2 * random.next_normal()};  // some lie outside
    }
    const auto regions = calibrate(means, options);
    ASSERT_EQ(regions.size(), means.size());
    ASSERT_TRUE(tiles_exactly(regions, 64, 64));
    const auto again = calibrate(centres_of(regions, 64), options);
    ASSERT_EQ(sorted(again), sorted(regions));
  }
}

// Where all means meet, regions are cut down to the smallest; the largest are cut with the rest.
TEST(Calibration, RegionsFollowTheMeans) {
  const std::vector<Point> means(9, Point{-0.9f, -0.9f});
  const auto regions = calibrate(means, {64, 4});
  EXPECT_EQ(std::count(regions.begin(), regions.end(), Region{4, 4, 7, 7}), 1);
  EXPECT_EQ(std::count(regions.begin(), regions.end(), Region{32, 0, 63, 63}), 1);
}

// In the middle of the tile lies a node, and a mean there belongs to the right or lower half.
TEST(Calibration, ASquareIsCutWhereNoMeanLies) {
  const std::vector<Point> stacked = {{0, -0.5f}, {0, 0.5f}};
  EXPECT_EQ(calibrate(stacked, {64, 4})[0], (Region{0, 0, 63, 31}));
  const std::vector<Point> beside = {{-0.5f, 0}, {0.5f, 0}};
  EXPECT_EQ(calibrate(beside, {64, 4})[0], (Region{0, 0, 31, 63}));
  const std::vector<Point> three = {{0, 0}, {0, 0}, {0.5f, 0.5f}};  // all in the lower half
  const auto regions = calibrate(three, {64, 4});
  EXPECT_EQ(regions[0], (Region{0, 0, 63, 31}));
}

TEST(Calibration, RefusesWhatCannotBe) {
  EXPECT_THROW(calibrate({}, {64, 4}), InputError);
  const std::vector<Point> many(5);
  EXPECT_THROW(calibrate(many, {8, 4}), InputError);
  const std::vector<Point> bad = {{0, std::numeric_limits<float>::quiet_NaN()}};
  EXPECT_THROW(calibrate(bad, {64, 4}), InputError);
  const std::vector<Point> one(1);
  EXPECT_THROW(calibrate(one, {50, 4}), InputError);  // 50, 25, 12: not even
  EXPECT_THROW(calibrate(one, {0, 4}), InputError);
}

}  // namespace
}  // namespace gpst
