#include "cuda/splat_backward.h"

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

std::vector<float> some_gradient(const SplatShape& s) {
  std::vector<float> grad;
  for (int64_t i = 0; i < s.pictures * s.height * s.width * s.channels; ++i) {
    grad.push_back(wave(i, 3));
  }
  return grad;
}

// `grad` in the order of `order`. `shifted`: by so many values it lies off an aligned address.
std::vector<float> gradient(const SplatShape& s, const std::vector<float>& tokens,
                            std::vector<float> grad, MapOrder order = MapOrder::nhwc,
                            size_t shifted = 0) {
  grad.insert(grad.begin(), shifted, 0.0F);
  const DeviceArray<float> tokens_there(tokens), grad_there(grad);
  DeviceArray<float> result(tokens.size());
  splat_backward(s, order, tokens_there.data(), grad_there.data() + shifted, result.data(),
                 nullptr);
  return result.read();
}

// Columns of a kind together: sigma, rho, position and features have gradients of different size.
template <class T>
std::vector<T> columns(const SplatShape& s, const std::vector<T>& tokens, int64_t from,
                       int64_t to) {
  std::vector<T> result;
  for (int64_t i = 0; i < static_cast<int64_t>(tokens.size()); ++i) {
    const int64_t column = i % (kGeometry + s.channels);
    if (column >= from && column < to) result.push_back(tokens[static_cast<size_t>(i)]);
  }
  return result;
}

void expect_near_by_column(const SplatShape& s, const std::vector<float>& actual,
                           const std::vector<double>& expected, double tolerance) {
  const int64_t starts[] = {0, kRho, kX, kGeometry, kGeometry + s.channels};
  for (int k = 0; k < 4; ++k) {
    EXPECT_TRUE(all_near(columns(s, actual, starts[k], starts[k + 1]),
                         columns(s, expected, starts[k], starts[k + 1]), tolerance))
        << "columns from " << starts[k];
  }
}

// Within 1e-5 of the largest value of a kind: weights and sums over a box in float32.
void expect_reference(const SplatShape& s, int64_t salt, double tolerance = 1e-5) {
  SCOPED_TRACE(::testing::Message() << s.channels << " channels, " << s.height << " x " << s.width
                                    << ", " << s.tokens << " tokens");
  const std::vector<float> tokens = some_tokens(s, salt), grad = some_gradient(s);
  const std::vector<float> found = gradient(s, tokens, grad);
  const std::vector<double> expected = reference_gradient(s, tokens, grad);
  expect_near_by_column(s, found, expected, tolerance);
  expect_near_by_column(s, gradient(s, tokens, planes_of(s, grad), MapOrder::nchw), expected,
                        tolerance);
}

TEST(SplatBackward, AgreesWithThePlainLoopForAnyNumberOfChannels) {
  for (int64_t channels = 1; channels <= 33; ++channels) {
    expect_reference({2, 11, channels, 13, 18}, channels);
  }
}

// With boxes below and above the 256 pixels that one warp takes.
TEST(SplatBackward, AgreesWithThePlainLoopForAnyCanvas) {
  for (const int64_t height : {1, 2, 16, 35}) {
    for (const int64_t width : {1, 3, 8, 33, 64}) expect_reference({2, 9, 3, height, width}, 5);
  }
  for (const int64_t channels : {5, 16, 21, 32}) {
    expect_reference({1, 19, channels, 40, 48, 5}, channels);
  }
}

TEST(SplatBackward, TakesAnyNumberOfTokens) {
  for (const int64_t tokens : {1, 7, 8, 9, 65, 1024})
    expect_reference({1, tokens, 2, 7, 5}, tokens);
  EXPECT_TRUE(gradient({1, 0, 2, 7, 5}, {}, some_gradient({1, 0, 2, 7, 5})).empty());
  EXPECT_TRUE(gradient({0, 4, 2, 7, 5}, {}, {}).empty());
}

TEST(SplatBackward, RepeatsItselfAndDoesNotDependOnTheBatch) {
  const SplatShape s = {3, 20, 16, 40, 36}, one = {1, 20, 16, 40, 36};
  const std::vector<float> tokens = some_tokens(s, 3), grad = some_gradient(s);
  const std::vector<float> all = gradient(s, tokens, grad);
  EXPECT_TRUE(same_bits(gradient(s, tokens, grad), all));
  const auto last = [](const std::vector<float>& values) {
    return std::vector<float>(values.end() - static_cast<std::ptrdiff_t>(values.size() / 3),
                              values.end());
  };
  EXPECT_TRUE(same_bits(gradient(one, last(tokens), last(grad)), last(all)));
  expect_near_by_column(s, gradient(s, tokens, grad, MapOrder::nhwc, 1),
                        reference_gradient(s, tokens, grad), 1e-5);
}

TEST(SplatBackward, OfWhatIsNotDrawnIsZero) {
  const SplatShape s = {1, 4, 2, 12, 12};
  const std::vector<float> tokens = {0,    0.5F,  0, 0, 0,      1, 2,  //
                                     0.5F, -0.5F, 0, 0, 0,      1, 2,  //
                                     0.1F, 0.1F,  0, 5, 0,      1, 2,  //
                                     0.1F, 0.1F,  0, 0, -1e30F, 1, 2};
  EXPECT_EQ(gradient(s, tokens, some_gradient(s)), std::vector<float>(tokens.size(), 0.0F));
}

// |rho| = 0.99999 magnifies the rounding of t 220 times, and the terms of its gradients cancel;
// sigma 1e-5 makes a Gaussian fall between pixels except for one that sits on its centre.
TEST(SplatBackward, TakesDegenerateGaussians) {
  const SplatShape s = {1, 4, 2, 25, 25};
  const float sigma = 1e-5F, rho = 0.99999F;
  const std::vector<float> tokens = {sigma, sigma, 0,    0,    0,    1, 2,  //
                                     sigma, 0.5F,  0,    0,    0.1F, 1, 2,  //
                                     0.3F,  0.3F,  rho,  0,    0,    1, 2,  //
                                     0.3F,  0.2F,  -rho, 0.1F, 0,    1, 2};
  const std::vector<float> grad = some_gradient(s);
  expect_near_by_column(s, gradient(s, tokens, grad), reference_gradient(s, tokens, grad), 2e-2);
}

TEST(SplatBackward, LetsNanThroughAsTheCpuDoes) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const SplatShape s = {1, 2, 2, 30, 30};
  for (const float size : {0.1F, 0.6F}) {
    for (size_t column = 0; column < 7; ++column) {
      std::vector<float> tokens = some_tokens(s, 1);
      for (size_t i = 0; i < 5; ++i) tokens[i] = tokens[i + 7] = i < 2 ? size : 0.0F;
      tokens[column] = nan;
      const std::vector<float> grad = some_gradient(s);
      const std::vector<float> found = gradient(s, tokens, grad);
      const std::vector<double> expected = reference_gradient(s, tokens, grad);
      for (size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(std::isnan(found[i]), std::isnan(expected[i]))
            << "value " << i << " for NaN in column " << column;
      }
    }
  }
}

TEST(SplatBackward, RefusesTokensOfTiles) {
  EXPECT_THROW(
      splat_backward({1, 1, 1, 8, 8, 3, 2}, MapOrder::nhwc, nullptr, nullptr, nullptr, nullptr),
      InputError);
}

}  // namespace
}  // namespace gpst::cuda
