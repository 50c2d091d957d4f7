#include "cuda/sample_tokens.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "ops/token_columns.h"
#include "ops/token_limits.h"
#include "tests/cuda/device_array.h"
#include "tests/cuda/storage.h"

namespace gpst::cuda {
namespace {

struct Case {
  int64_t pictures, channels, tokens;
};

// What goes in: a sample, statistics, a layout.
struct Inputs {
  std::vector<float> sample, means, stds, layout;
};

Inputs inputs_of(const Case& c) {
  Inputs in;
  for (int64_t i = 0; i < c.pictures * c.channels * c.tokens; ++i) in.sample.push_back(wave(i, 1));
  for (int64_t i = 0; i < c.channels; ++i) {
    in.means.push_back(0.3F * wave(i, 2));
    in.stds.push_back(1.1F + wave(i, 3));
  }
  for (int64_t i = 0; i < c.pictures * c.tokens * kGeometry; ++i) in.layout.push_back(wave(i, 4));
  return in;
}

std::vector<float> computed(const Case& c, const Inputs& in) {
  const DeviceArray<float> sample(in.sample), means(in.means), stds(in.stds), layout(in.layout);
  DeviceArray<float> tokens(in.sample.size());
  sample_tokens(sample.data(), means.data(), stds.data(), layout.data(), tokens.data(), c.pictures,
                c.channels, c.tokens, nullptr);
  return tokens.read();
}

// Every operation rounded: volatile keeps the compiler from contracting them.
float expected_value(const Case& c, const Inputs& in, int64_t picture, int64_t token,
                     int64_t channel) {
  const auto at = [](const std::vector<float>& values, int64_t i) {
    return values[static_cast<size_t>(i)];
  };
  volatile float value =
      at(in.sample, (picture * c.channels + channel) * c.tokens + token) * at(in.stds, channel);
  value = value + at(in.means, channel);
  if (channel >= kGeometry) return value;
  value = value + at(in.layout, (picture * c.tokens + token) * kGeometry + channel);
  if (channel == kRho) return std::fmin(std::fmax(value, -kLargestRho), kLargestRho);
  if (channel == kX || channel == kY) return value;
  return std::fmin(std::fmax(value, kSmallestSigma), kLargestSigma);
}

TEST(SampleTokens, AreTheFormulaToTheBit) {
  for (const Case& c : {Case{1, 6, 1}, Case{2, 21, 40}, Case{3, 37, 33}, Case{1, 70, 64}}) {
    const Inputs in = inputs_of(c);
    const std::vector<float> tokens = computed(c, in);
    size_t i = 0;
    for (int64_t b = 0; b < c.pictures; ++b) {
      for (int64_t t = 0; t < c.tokens; ++t) {
        for (int64_t channel = 0; channel < c.channels; ++channel, ++i) {
          ASSERT_EQ(tokens[i], expected_value(c, in, b, t, channel))
              << "picture " << b << ", token " << t << ", channel " << channel;
        }
      }
    }
  }
}

TEST(SampleTokens, ClampsSigmaAndRhoButNotNaN) {
  const Case c = {1, 6, 3};
  Inputs in = inputs_of(c);
  for (float& mean : in.means) mean = 0;
  for (float& std : in.stds) std = 1;
  for (float& value : in.layout) value = 0;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (size_t i = 0; i < in.sample.size(); ++i) {
    in.sample[i] = i % 3 == 0 ? 9.0F : i % 3 == 1 ? -9.0F : nan;  // one a token
  }
  const std::vector<float> tokens = computed(c, in);
  EXPECT_EQ((std::vector<float>(tokens.begin(), tokens.begin() + 6)),
            (std::vector<float>{0.99999F, 0.99999F, 0.99999F, 9, 9, 9}));
  EXPECT_EQ((std::vector<float>(tokens.begin() + 6, tokens.begin() + 12)),
            (std::vector<float>{1e-5F, 1e-5F, -0.99999F, -9, -9, -9}));
  for (size_t i = 12; i < 18; ++i) EXPECT_TRUE(std::isnan(tokens[i])) << i;
}

TEST(SampleTokens, OfNothingAreNothing) {
  EXPECT_TRUE(computed({0, 6, 3}, inputs_of({0, 6, 3})).empty());
  EXPECT_TRUE(computed({2, 6, 0}, inputs_of({2, 6, 0})).empty());
}

}  // namespace
}  // namespace gpst::cuda
