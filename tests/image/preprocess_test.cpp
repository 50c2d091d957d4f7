#include "image/preprocess.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/config.h"
#include "base/error.h"
#include "image/resize.h"
#include "tests/image/sample_pictures.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

TEST(Preprocess, CutsTheCentre) {
  const Picture8 picture = pattern(21, 10);
  EXPECT_EQ(preprocess(picture, {.size = 10}), crop(picture, {5, 0, 10, 10}));
  const Picture8 tall = pattern(10, 25);
  EXPECT_EQ(preprocess(tall, {.size = 10}), crop(tall, {0, 7, 10, 10}));
}

TEST(Preprocess, AreaUsesTheOtherScaling) {
  const Picture8 picture = waves(90, 70);
  const Picture8 scaled = resize_area(picture, 16);
  EXPECT_EQ(preprocess(picture, {.size = 16, .mode = ResizeMode::area}),
            crop(scaled, {(scaled.width - 16) / 2, 0, 16, 16}));
  EXPECT_NE(preprocess(picture, {.size = 16}),
            preprocess(picture, {.size = 16, .mode = ResizeMode::area}));
}

TEST(Preprocess, FlipMirrorsTheResult) {
  const Picture8 picture = pattern(33, 20);
  const Picture8 plain = preprocess(picture, {.size = 15});
  const Picture8 flipped = preprocess(picture, {.size = 15, .flip = true});
  EXPECT_EQ(flipped, mirror(plain));
  EXPECT_EQ(flipped.at(0, 3)[1], plain.at(14, 3)[1]);
}

TEST(Preprocess, EmptyIsRefused) { EXPECT_THROW(preprocess(Picture8(), {.size = 4}), InputError); }

TEST(Crop, OutsideIsRefused) {
  const Picture8 picture = pattern(8, 6);
  for (const CropBox& box : {CropBox{-1, 0, 2, 2}, {7, 0, 2, 2}, {0, 5, 2, 2}, {0, 0, 0, 1}}) {
    EXPECT_THROW(crop(picture, box), InputError);
  }
  EXPECT_EQ(crop(picture, {6, 4, 2, 2}).at(1, 1)[0], picture.at(7, 5)[0]);
}

TEST(PreprocessOptions, AreReadFromConfiguration) {
  PreprocessOptions options;
  Config::from_yaml_text("size: 64\nresize: area\n", "test").read("", options);
  EXPECT_EQ(options.size, 64);
  EXPECT_EQ(options.mode, ResizeMode::area);
  EXPECT_THROW(Config::from_yaml_text("resize: cubic\n", "test").read("", options), ConfigError);
  EXPECT_THROW(Config::from_yaml_text("size: 0\n", "test").read("", options), ConfigError);
  EXPECT_EQ(parse_resize_mode(resize_mode_name(ResizeMode::bilinear)), ResizeMode::bilinear);
  EXPECT_THROW(parse_resize_mode("lanczos"), ConfigError);
}

TEST(ToFloat, IsDoubleRoundedOncePlaneByPlane) {
  Picture8 picture(16, 16);
  for (size_t i = 0; i < 256; ++i) picture.rgb[3 * i + 1] = static_cast<uint8_t>(i);
  std::vector<float> planes(3 * 256);
  to_float_chw(picture, planes);
  for (size_t v = 0; v < 256; ++v) {
    EXPECT_EQ(planes[256 + v], static_cast<float>(static_cast<double>(v) / 127.5 - 1.0));
    EXPECT_EQ(planes[v], -1.0F);
  }
  std::vector<float> short_by_one(3 * 256 - 1);
  EXPECT_THROW(to_float_chw(picture, short_by_one), std::logic_error);
}

TEST(Quantise, TruncatesOrRounds) {
  const std::vector<float> planes = {-2.0F, -1.0F, 0.0F, 1.0F, 1.5F, 0.999F};  // [3,1,2]
  const Picture8 low = quantise({planes, 2, 1}, Rounding::truncate);
  const Picture8 near = quantise({planes, 2, 1}, Rounding::nearest);
  EXPECT_EQ(low.rgb, (std::vector<uint8_t>{0, 127, 255, 0, 255, 254}));
  EXPECT_EQ(near.rgb, (std::vector<uint8_t>{0, 128, 255, 0, 255, 255}));
}

// With rounding every level comes back; the published truncation loses some.
TEST(Quantise, RoundingInvertsToFloat) {
  const Picture8 picture = pattern(64, 64);
  std::vector<float> planes(3 * 64 * 64);
  to_float_chw(picture, planes);
  EXPECT_EQ(quantise({planes, 64, 64}, Rounding::nearest), picture);
  EXPECT_LE(largest_difference(quantise({planes, 64, 64}, Rounding::truncate), picture), 1);
}

TEST(Quantise, NotANumberIsRefusedWithItsPlace) {
  std::vector<float> planes(3 * 4 * 5);
  planes[20 + 2 * 5 + 3] = std::numeric_limits<float>::quiet_NaN();
  const std::string message = message_of<InputError>([&] {
    quantise({planes, 5, 4}, Rounding::truncate);
  });
  EXPECT_NE(message.find("channel 1, row 2, column 3"), std::string::npos) << message;
}

}  // namespace
}  // namespace gpst
