#include "tokenizer/bias_map.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "tests/tokenizer/partition_helpers.h"
#include "tokenizer/region_complexity.h"

namespace gpst {
namespace {

TEST(Roi, IsReadWithAndWithoutWeight) {
  const Roi plain = parse_roi("1,2,30,40");
  EXPECT_EQ(plain.x, 1);
  EXPECT_EQ(plain.y, 2);
  EXPECT_EQ(plain.width, 30);
  EXPECT_EQ(plain.height, 40);
  EXPECT_EQ(plain.weight, kDefaultRoiWeight);
  EXPECT_EQ(parse_roi("0,0,1,1:0.5").weight, 0.5);
}

TEST(Roi, RefusesAnythingElse) {
  for (const char* text : {"", "1,2,3", "1,2,3,4,5", "1,2,3,4:", "1,2,3,x", "1,2,0,4", "-1,0,4,4",
                           "1,2,3,4:-1", "1,2,3,4:nan", "1,2,3,4:inf", "1.5,2,3,4", " 1,2,3,4",
                           "1,2,3,99999999999", "1,2,3,4:1:2"}) {
    try {
      parse_roi(text);
      ADD_FAILURE() << "accepted '" << text << "'";
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find("'" + std::string(text) + "'"), std::string::npos)
          << error.what();
    }
  }
}

TEST(WeightMap, RectanglesAddUpAndAreClipped) {
  const std::vector<Roi> rois = {{1, 1, 2, 2, 3.0}, {2, 2, 2147483647, 2147483647, 0.5}};
  const WeightMap map = weight_map(4, 3, rois);
  EXPECT_EQ(map.weights, (std::vector<float>{0, 0, 0, 0, 0, 3, 3, 0, 0, 3, 3.5f, 0.5f}));
}

TEST(WeightMap, RefusesARectangleOutside) {
  const std::vector<Roi> rois = {{4, 0, 2, 2, 1.0}};
  EXPECT_THROW(weight_map(4, 3, rois), InputError);
}

TEST(WeightMap, OfAMaskFollowsItsBrightness) {
  Picture8 mask(2, 1);
  for (int channel = 0; channel < 3; ++channel) mask.at(1, 0)[channel] = 255;
  const WeightMap map = weight_map_of_mask(mask, 2);
  EXPECT_EQ(map.weights[0], 0);
  EXPECT_FLOAT_EQ(map.weights[1], 2);
}

TEST(WeightMap, MapsAddUp) {
  WeightMap map;
  add_weights(map, {2, 1, {1, 2}});
  add_weights(map, {2, 1, {10, 20}});
  add_weights(map, {});
  EXPECT_EQ(map.weights, (std::vector<float>{11, 22}));
  EXPECT_THROW(add_weights(map, {1, 2, {1, 2}}), InputError);
}

TEST(TileBias, ScalesByTheEntropyOfTheWholeTile) {
  const std::vector<float> grey = noisy_picture(64, 64, 1);
  std::vector<float> weights(64 * 64);
  weights[100] = 4;
  const std::vector<float> bias = tile_bias(grey, weights, 64, 64, 2.5);
  const double whole = RegionComplexity(grey, 64, 64, 2.5)(whole_tile(64, 64));
  EXPECT_FLOAT_EQ(bias[100], static_cast<float>(4 * whole / (64 * 64)));
  EXPECT_EQ(bias[101], 0);
}

}  // namespace
}  // namespace gpst
