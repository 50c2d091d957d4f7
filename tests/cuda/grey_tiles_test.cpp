#include "cuda/grey_tiles.h"

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "tests/cuda/device_array.h"
#include "tests/tokenizer/partition_helpers.h"
#include "tokenizer/grey.h"

namespace gpst::cuda {
namespace {

TEST(GreyTiles, AreTheHosts) {
  constexpr int kSide = 8, kRows = 2, kColumns = 3, kPictures = 2;
  constexpr int kWidth = kSide * kColumns, kHeight = kSide * kRows, kPlane = kWidth * kHeight;
  const std::vector<float> pictures = noisy_picture(kWidth, kHeight * 3 * kPictures, 9);
  std::vector<float> interleaved(pictures.size());
  for (size_t i = 0; i < pictures.size(); ++i) {
    const size_t picture = i / (3 * kPlane), channel = i / kPlane % 3, pixel = i % kPlane;
    interleaved[(picture * kPlane + pixel) * 3 + channel] = pictures[i];
  }
  std::vector<float> expected;
  for (size_t b = 0; b < kPictures; ++b) {
    const std::vector<float> grey =
        grey_of(std::span(pictures).subspan(b * 3 * kPlane, 3 * kPlane), kWidth, kHeight);
    for (int tile = 0; tile < kRows * kColumns; ++tile) {
      for (int i = 0; i < kSide * kSide; ++i) {
        const int y = tile / kColumns * kSide + i / kSide, x = tile % kColumns * kSide + i % kSide;
        expected.push_back(grey[static_cast<size_t>(y * kWidth + x)]);
      }
    }
  }
  const DeviceArray<float> planes(pictures), pixels(interleaved);
  DeviceArray<float> grey(expected.size());
  const GreySource source = {planes.data(), 3 * kPlane, kPlane,   kWidth, 1,
                             kPictures,     kRows,      kColumns, kSide};
  grey_tiles(source, grey.data(), nullptr);
  EXPECT_EQ(grey.read(), expected);
  const GreySource channels_last = {pixels.data(), 3 * kPlane, 1,        3 * kWidth, 3,
                                    kPictures,     kRows,      kColumns, kSide};
  grey_tiles(channels_last, grey.data(), nullptr);
  EXPECT_EQ(grey.read(), expected);
}

}  // namespace
}  // namespace gpst::cuda
