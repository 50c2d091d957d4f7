#include "cuda/splat_forward.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "tests/cuda/device_array.h"
#include "tests/cuda/expect_near.h"
#include "tests/cuda/splat_reference.h"
#include "tests/cuda/storage.h"

namespace gpst::cuda {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// `shifted`: by so many values the map lies off an aligned address.
template <class T = float>
std::vector<T> render(const SplatShape& s, const std::vector<float>& tokens,
                      MapOrder order = MapOrder::nhwc, size_t shifted = 0) {
  const DeviceArray<float> there(tokens);
  const auto size = static_cast<size_t>(s.pictures * s.height * s.width * s.channels);
  DeviceArray<T> map(std::vector<T>(size + shifted, T{}));
  splat_forward(s, order, there.data(), map.data() + shifted, nullptr);
  std::vector<T> result = map.read();
  result.erase(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(shifted));
  return result;
}

// Within 3e-6 of the largest value: rounding of weights in float32, and of sums of 20 of them.
void expect_reference(const SplatShape& s, int64_t salt, double tolerance = 3e-6) {
  SCOPED_TRACE(::testing::Message() << s.channels << " channels, " << s.height << " x " << s.width
                                    << ", " << s.tokens << " tokens");
  const std::vector<float> tokens = some_tokens(s, salt);
  const std::vector<float> map = render(s, tokens);
  EXPECT_TRUE(all_near(map, reference_map(s, tokens), tolerance));
  EXPECT_TRUE(same_bits(render(s, tokens, MapOrder::nchw), planes_of(s, map)));
}

TEST(SplatForward, AgreesWithThePlainLoopForAnyNumberOfChannels) {
  for (int64_t channels = 1; channels <= 33; ++channels) {
    expect_reference({2, 20, channels, 13, 19}, channels);
  }
  expect_reference({1, 5, 70, 9, 9}, 3);
}

TEST(SplatForward, AgreesWithThePlainLoopForAnyCanvas) {
  for (const int64_t height : {1, 2, 16, 35}) {
    for (const int64_t width : {1, 3, 8, 33, 64}) expect_reference({2, 17, 3, height, width}, 5);
  }
  expect_reference({1, 17, 16, 64, 64, 5}, 5);
}

// Also more than a block holds in shared memory (128), which every region of 16 x 16 pixels sees.
TEST(SplatForward, AgreesWithThePlainLoopForAnyNumberOfTokens) {
  for (const int64_t tokens : {0, 1, 31, 127, 128, 129, 511, 513}) {
    expect_reference({1, tokens, 2, 9, 7}, tokens, 1e-5);
  }
  expect_reference({1, 4096, 3, 9, 7}, 9, 2e-5);
  expect_reference({1, 1000, 3, 25, 18, 3, 1, 32}, 9, 2e-5);  // several subtiles a warp
}

TEST(SplatForward, PutsEveryPixelWhereTheCpuPutsIt) {
  for (const int64_t width : {1, 2, 3, 64, 99, 257}) {
    // Tokens that reach a pixel only at a distance of exactly 0.
    const SplatShape s = {1, width, 1, 1, width};
    std::vector<float> tokens;
    for (int64_t i = 0; i < width; ++i) {
      tokens.insert(tokens.end(), {1e-30F, 1, 0, reference_coordinate(i, width), 0, 1});
    }
    EXPECT_EQ(render(s, tokens), std::vector<float>(static_cast<size_t>(width), 1.0F)) << width;
  }
}

TEST(SplatForward, KeepsThePixelsOfTheSupportOnly) {
  // sigma 0.25, dmax 2: |dx| <= 0.5 exactly; pixels of 9 sit at multiples of 0.25.
  const std::vector<float> map = render({1, 1, 1, 9, 9, 2}, {0.25F, 0.25F, 0, 0, 0, 1});
  for (size_t i = 0; i < 81; ++i) {
    const size_t row = i / 9, column = i % 9;
    EXPECT_EQ(map[i] != 0, row >= 2 && row <= 6 && column >= 2 && column <= 6) << i;
  }
  EXPECT_NEAR(map[4 * 9 + 6], std::exp(-2.0), 1e-7);
}

TEST(SplatForward, DoesNotDependOnBatchRegionOrAlignment) {
  const SplatShape s = {3, 200, 16, 34, 36};
  const std::vector<float> tokens = some_tokens(s, 3);
  const std::vector<float> map = render(s, tokens);
  SplatShape changed = s;
  changed.region = 32;
  EXPECT_TRUE(same_bits(render(changed, tokens), map));
  EXPECT_TRUE(same_bits(render(s, tokens, MapOrder::nhwc, 1), map));
  EXPECT_TRUE(same_bits(render(s, tokens, MapOrder::nchw, 1), planes_of(s, map)));
  const SplatShape one = {1, 200, 16, 34, 36};
  const auto size = static_cast<std::ptrdiff_t>(map.size() / 3);
  const auto token_size = static_cast<std::ptrdiff_t>(tokens.size() / 3);
  const std::vector<float> last(tokens.end() - token_size, tokens.end());
  EXPECT_TRUE(same_bits(render(one, last), std::vector<float>(map.end() - size, map.end())));
}

TEST(SplatForward, RoundsToBf16) {
  for (const int64_t channels : {3, 16, 21, 32}) {
    const SplatShape s = {2, 30, channels, 18, 20};
    const std::vector<float> tokens = some_tokens(s, 7);
    const std::vector<Bf16> expected = stored_as<Bf16>(render(s, tokens));
    EXPECT_TRUE(same_bits(render<Bf16>(s, tokens), expected));
    EXPECT_TRUE(same_bits(render<Bf16>(s, tokens, MapOrder::nhwc, 1), expected));
    EXPECT_TRUE(same_bits(render<Bf16>(s, tokens, MapOrder::nchw), planes_of(s, expected)));
  }
}

TEST(SplatForward, MergesTiles) {
  for (const int64_t tiles : {1, 2, 3, 4}) {
    const SplatShape s = {2, 9, 5, 8 * tiles, 6 * tiles, 3, tiles};
    const std::vector<float> tokens = some_tokens(s, tiles);
    std::vector<float> merged = tokens;
    const auto n = static_cast<float>(tiles);
    for (size_t i = 0; i < merged.size(); i += 10) {
      const auto tile = static_cast<int64_t>(i / 10) / s.tokens % (tiles * tiles);
      const auto middle = [&](int64_t k) { return static_cast<float>(2 * k + 1) / n - 1; };
      merged[i + kSigmaX] /= n;
      merged[i + kSigmaY] /= n;
      merged[i + kX] = merged[i + kX] / n + middle(tile % tiles);
      merged[i + kY] = merged[i + kY] / n + middle(tile / tiles);
    }
    const SplatShape whole = {2, 9 * tiles * tiles, 5, 8 * tiles, 6 * tiles};
    EXPECT_TRUE(same_bits(render(s, tokens), render(whole, merged))) << tiles;
  }
}

TEST(SplatForward, OfNoPicturesDoesNothing) { EXPECT_TRUE(render({0, 4, 3, 8, 8}, {}).empty()); }

// One token a picture that reaches every pixel, or none.
std::vector<float> degenerate_tokens() {
  const float sigma = 1e-5F, rho = 0.99999F;
  return {sigma, sigma, 0,    0,    0,      1, 2,  //
          sigma, 0.5F,  0,    0,    0.1F,   1, 2,  //
          0.3F,  0.3F,  rho,  0,    0,      1, 2,  //
          0.3F,  0.2F,  -rho, 0.1F, 0,      1, 2,  //
          0.1F,  0.1F,  0,    3,    0,      1, 2,  // outside
          0.1F,  0.1F,  0,    0,    -1e30F, 1, 2,  //
          0,     0.5F,  0,    0,    0,      1, 2,  // without extent
          0.5F,  -0.5F, 0,    0,    0,      1, kNan};
}

TEST(SplatForward, DrawsDegenerateGaussians) {
  const std::vector<float> tokens = degenerate_tokens();
  // |rho| = 0.99999 magnifies the rounding of coordinates 220 times.
  EXPECT_TRUE(
      all_near(render({8, 1, 2, 17, 23}, tokens), reference_map({8, 1, 2, 17, 23}, tokens), 2e-4));
}

TEST(SplatForward, LetsNanAndInfinityThroughAsTheCpuDoes) {
  for (const float odd : {kNan, kInfinity, -kInfinity, 1.0F, -1.0F, 2.0F, 1e-39F, 3e38F}) {
    for (size_t column = 0; column < 7; ++column) {
      SCOPED_TRACE(::testing::Message() << odd << " in column " << column);
      const SplatShape s = {1, 1, 2, 9, 9, 5};
      std::vector<float> tokens = {0.4F, 0.4F, 0.1F, 0, 0.2F, 1, 2};
      tokens[column] = odd;
      const std::vector<float> map = render(s, tokens);
      const std::vector<double> expected = reference_map(s, tokens);
      for (size_t i = 0; i < map.size(); ++i) {
        EXPECT_EQ(std::isnan(map[i]), std::isnan(expected[i])) << i;
        EXPECT_EQ(std::isinf(map[i]), std::isinf(static_cast<float>(expected[i]))) << i;
      }
    }
  }
}

std::string refusal(const SplatShape& s) {
  try {
    splat_forward(s, MapOrder::nhwc, nullptr, static_cast<float*>(nullptr), nullptr);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(SplatForward, RefusesWhatItCannotIndex) {
  EXPECT_NE(refusal({1, 1, 1, 16385, 8}).find("height must be 1 to 16384"), std::string::npos);
  EXPECT_NE(refusal({1, 1, 1, 8, 0}).find("width"), std::string::npos);
  EXPECT_NE(refusal({1, 1, 0, 8, 8}).find("channels"), std::string::npos);
  EXPECT_NE(refusal({1, 1, 32, 16384, 16384}).find("numbers in a map"), std::string::npos);
  EXPECT_NE(refusal({1, 1 << 30, 32, 8, 8}).find("tokens"), std::string::npos);
  EXPECT_NE(refusal({1 << 30, 1, 1, 64, 64}).find("batch"), std::string::npos);
  EXPECT_NE(refusal({1, 1, 1, 8, 8, 3, 0}).find("tiles"), std::string::npos);
}

}  // namespace
}  // namespace gpst::cuda
