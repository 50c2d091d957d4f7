// Pictures and checks that the tests of the partition share.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "base/philox.h"
#include "tokenizer/region.h"

namespace gpst {

// A grey picture in [-1,1] with smooth shapes on the left, noise that grows to the right.
inline std::vector<float> noisy_picture(int width, int height, uint64_t seed) {
  std::vector<float> noise(static_cast<size_t>(width) * height);
  PhiloxStream(seed, 0, Purpose::train_noise).fill_uniform(noise);
  std::vector<float> grey(noise.size());
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const size_t i = static_cast<size_t>(y) * width + x;
      const float wave = std::sin(0.11f * static_cast<float>(x)) * std::cos(0.07f * y + seed);
      const float share = static_cast<float>(x) / static_cast<float>(width);
      grey[i] = (1 - share) * wave + share * (2 * noise[i] - 1);
    }
  }
  return grey;
}

// Every pixel of the tile in exactly one region.
inline ::testing::AssertionResult tiles_exactly(std::span<const Region> regions, int width,
                                                int height) {
  std::vector<int> covered(static_cast<size_t>(width) * height);
  for (const Region& r : regions) {
    if (r.x0 < 0 || r.y0 < 0 || r.x1 >= width || r.y1 >= height || r.x0 > r.x1 || r.y0 > r.y1) {
      return ::testing::AssertionFailure() << "region " << r.x0 << "," << r.y0 << ".." << r.x1
                                           << "," << r.y1 << " is not inside the tile";
    }
    for (int y = r.y0; y <= r.y1; ++y) {
      for (int x = r.x0; x <= r.x1; ++x) ++covered[static_cast<size_t>(y) * width + x];
    }
  }
  for (size_t i = 0; i < covered.size(); ++i) {
    if (covered[i] != 1) {
      return ::testing::AssertionFailure() << "pixel x=" << i % width << ", y=" << i / width
                                           << " lies in " << covered[i] << " regions";
    }
  }
  return ::testing::AssertionSuccess();
}

}  // namespace gpst
