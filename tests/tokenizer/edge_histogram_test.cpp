#include "tokenizer/edge_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/tokenizer/partition_helpers.h"

namespace gpst {
namespace {

constexpr int kSide = Picture64::kSide;

Picture64 resized(const std::vector<float>& grey, int width, int height) {
  Resize64 resize;
  Picture64 picture;
  resize(grey.data(), width, width, height, picture);
  return picture;
}

// The definition, pixel by pixel in double, bins found by comparing with every edge.
EdgeHistogram plain_histogram(const Picture64& picture) {
  const auto at = [&](int x, int y) -> double {
    return picture.row(std::clamp(y, 0, kSide - 1))[std::clamp(x, 0, kSide - 1)];
  };
  EdgeHistogram histogram;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const double sx = at(x + 1, y - 1) + 2 * at(x + 1, y) + at(x + 1, y + 1) - at(x - 1, y - 1) -
                        2 * at(x - 1, y) - at(x - 1, y + 1);
      const double sy = at(x - 1, y + 1) + 2 * at(x, y + 1) + at(x + 1, y + 1) - at(x - 1, y - 1) -
                        2 * at(x, y - 1) - at(x + 1, y - 1);
      const double magnitude = std::sqrt(sx * sx + sy * sy);
      if (magnitude > 5.5) continue;
      int bin = 0;
      while (bin < 255 && magnitude >= (bin + 1) * 11.0 / 512) ++bin;
      ++histogram.counts[bin];
      ++histogram.total;
    }
  }
  return histogram;
}

void expect_exact(const Picture64& picture, float largest) {
  EdgeHistogram histogram;
  count_edges(picture, largest, histogram);
  const EdgeHistogram expected = plain_histogram(picture);
  EXPECT_EQ(histogram.counts, expected.counts);
  EXPECT_EQ(histogram.total, expected.total);
}

TEST(EdgeHistogram, IsExactWhateverTheFloatPathSaw) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const int width = 5 + static_cast<int>(seed * 7 % 130), height = 4 + static_cast<int>(seed * 3);
    std::vector<float> grey = noisy_picture(width, height, seed);
    for (float& value : grey) value = (value + 1) / 2;
    expect_exact(resized(grey, width, height), 1);
  }
}

// Steps that are multiples of a bin put most magnitudes exactly on an edge.
TEST(EdgeHistogram, EdgesBelongToTheUpperBin) {
  std::vector<float> ramp(kSide * kSide);
  for (int i = 0; i < kSide * kSide; ++i) ramp[i] = static_cast<float>(i % kSide) * 11 / 4096;
  const Picture64 picture = resized(ramp, kSide, kSide);
  EdgeHistogram histogram;
  count_edges(picture, 1, histogram);
  EXPECT_EQ(histogram.counts[1], (kSide - 2) * kSide);  // 8 * 11/4096 is edge 1
  expect_exact(picture, 1);
}

TEST(EdgeHistogram, DropsWhatLiesAboveTheRange) {
  std::vector<float> grey = noisy_picture(kSide, kSide, 4);
  for (float& value : grey) value *= 8;
  const Picture64 picture = resized(grey, kSide, kSide);
  EdgeHistogram histogram;
  count_edges(picture, 8, histogram);
  EXPECT_LT(histogram.total, kEdgePixels);
  EXPECT_GT(histogram.total, 0);
  expect_exact(picture, 8);
}

TEST(Resize64, CopiesItsOwnSize) {
  const std::vector<float> grey = noisy_picture(kSide, kSide, 6);
  const Picture64 picture = resized(grey, kSide, kSide);
  for (int y = 0; y < kSide; ++y) {
    EXPECT_TRUE(std::equal(picture.row(y), picture.row(y) + kSide, grey.begin() + y * kSide));
    EXPECT_EQ(picture.row(y)[-1], picture.row(y)[0]);
    EXPECT_EQ(picture.row(y)[kSide], picture.row(y)[kSide - 1]);
  }
}

// The rule in plain words, in the same float arithmetic, for sizes above and below 64.
TEST(Resize64, FollowsTheRule) {
  for (const auto& [width, height] : {std::pair{8, 16},
                                      {1, 3},
                                      {4, 128},
                                      {9, 7},
                                      {37, 50},
                                      {48, 8},
                                      {57, 5},
                                      {100, 33},
                                      {256, 64}}) {
    const std::vector<float> grey = noisy_picture(width, height, 8);
    const Picture64 picture = resized(grey, width, height);
    for (int y = 0; y < kSide; ++y) {
      const float fy = static_cast<float>((y + 0.5) * (1 / (64.0 / height)) - 0.5);
      const int row = static_cast<int>(std::floor(fy));
      const float v = fy - static_cast<float>(row);
      for (int x = 0; x < kSide; ++x) {
        const float fx = static_cast<float>((x + 0.5) * (1 / (64.0 / width)) - 0.5);
        int column = static_cast<int>(std::floor(fx));
        float u = fx - static_cast<float>(column);
        if (column < 0) column = 0, u = 0;
        if (column >= width - 1) column = width - 1, u = 0;
        const auto blended = [&, w = width, h = height](int line) {
          const float* source = grey.data() + std::clamp(line, 0, h - 1) * w;
          return source[column] * (1 - u) + source[std::min(column + 1, w - 1)] * u;
        };
        ASSERT_EQ(picture.row(y)[x], blended(row) * (1 - v) + blended(row + 1) * v)
            << width << " x " << height << " at " << x << "," << y;
      }
    }
  }
}

}  // namespace
}  // namespace gpst
