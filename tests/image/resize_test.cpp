#include "image/resize.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/image/sample_pictures.h"

namespace gpst {
namespace {

TEST(ResizeBilinear, SameSizeIsTheSame) {
  EXPECT_EQ(resize_bilinear(pattern(13, 9), 13, 9), pattern(13, 9));
}

TEST(ResizeBilinear, ExactHalfIsARoundedMean) {
  const Picture8 picture = pattern(10, 6);
  const Picture8 half = resize_bilinear(picture, 5, 3);
  const int sum =
      picture.at(4, 2)[1] + picture.at(5, 2)[1] + picture.at(4, 3)[1] + picture.at(5, 3)[1];
  EXPECT_EQ(half.at(2, 1)[1], (sum + 2) / 4);
}

TEST(ResizeBilinear, FlatStaysFlat) {
  Picture8 flat(17, 11);
  for (auto& byte : flat.rgb) byte = 201;
  for (const auto& [w, h] : {std::pair{64, 5}, {3, 40}, {1, 1}, {34, 22}}) {
    for (const uint8_t byte : resize_bilinear(flat, w, h).rgb) EXPECT_EQ(byte, 201);
  }
}

TEST(ResizeBilinear, OnePixelGrows) {
  const Picture8 pixel = pattern(1, 1);
  EXPECT_EQ(resize_bilinear(pixel, 4, 3).at(3, 2)[1], pixel.at(0, 0)[1]);
}

// Pillow 11 on the same pattern(61, 47).
TEST(ResizeFilter, EqualsPillow) {
  const Picture8 picture = pattern(61, 47);
  EXPECT_EQ(fingerprint(picture), 0xfd8295628684d951U);
  EXPECT_EQ(fingerprint(resize_box(picture, 30, 23)), 0xeec5da2f1f9f120aU);
  EXPECT_EQ(fingerprint(resize_bicubic(picture, 25, 20)), 0x0e6af961cd8fac4aU);
  EXPECT_EQ(fingerprint(resize_bicubic(picture, 100, 90)), 0xb13fa7767dd8850bU);
  EXPECT_EQ(fingerprint(resize_bicubic(picture, 61, 20)), 0xbefae39f994cef18U);
}

// center_crop_arr of the guided-diffusion scripts, before its crop, with Pillow 11.
TEST(ResizeArea, EqualsTheReferenceScripts) {
  const Picture8 picture = pattern(61, 47);
  const Picture8 small = resize_area(picture, 10);
  EXPECT_EQ(small.width, 14);
  EXPECT_EQ(small.height, 10);
  EXPECT_EQ(fingerprint(small), 0xc7e0628427b169edU);
  EXPECT_EQ(fingerprint(resize_area(picture, 32)), 0x374667f6d973fb65U);
  EXPECT_EQ(fingerprint(resize_area(picture, 64)), 0x23fdc63a90193712U);
}

TEST(ScaledSize, RoundsHalfToEven) {
  EXPECT_EQ(scaled_size({5, 2}, 1).width, 2);   // 2.5
  EXPECT_EQ(scaled_size({7, 2}, 1).width, 4);   // 3.5
  EXPECT_EQ(scaled_size({2, 5}, 1).height, 2);  // 2.5
  EXPECT_EQ(scaled_size({300, 200}, 256).width, 384);
  EXPECT_EQ(scaled_size({300, 200}, 256).height, 256);
}

TEST(Resize, UnreasonableSizesAreRefused) {
  EXPECT_THROW(resize_bilinear(pattern(4, 4), 0, 4), InputError);
  EXPECT_THROW(resize_bicubic(pattern(4, 4), 4, -1), InputError);
  EXPECT_THROW(resize_box(pattern(4, 4), 1 << 20, 1 << 20), InputError);
  EXPECT_THROW(resize_bilinear(Picture8(), 4, 4), InputError);
  EXPECT_THROW(scaled_size({1, 60000000}, 256), InputError);
}

}  // namespace
}  // namespace gpst
