#include "texture_gen/condition_encoding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace gpst {
namespace {

TEST(ConditionEncoding, ValuesAreTheGeometryItself) {
  const at::Tensor geometry = at::rand({2, 3, 5});
  EXPECT_TRUE(encode_condition(geometry, ConditionEncoding::values).equal(geometry));
  EXPECT_EQ(condition_channels(ConditionEncoding::values), 5);
}

TEST(ConditionEncoding, OctavesAreLogSizesAndWavesOfTheMeans) {
  const at::Tensor geometry =
      at::tensor({0.25, 0.0, 0.0, 0.3, -0.7}).to(at::kFloat).view({1, 1, 5});
  const at::Tensor encoded = encode_condition(geometry, ConditionEncoding::octaves)[0][0];
  ASSERT_EQ(encoded.numel(), condition_channels(ConditionEncoding::octaves));
  const auto at_column = [&](int64_t i) { return encoded[i].item<double>(); };
  EXPECT_NEAR(at_column(0), -2, 1e-6);
  EXPECT_NEAR(at_column(1), -12, 1e-6);  // a single pixel has sigma 0
  for (int64_t k = 0; k < 5; ++k) {
    const double scale = std::numbers::pi * std::pow(2.0, static_cast<double>(k));
    EXPECT_NEAR(at_column(2 + 4 * k), std::sin(scale * 0.3), 1e-5) << k;
    EXPECT_NEAR(at_column(3 + 4 * k), std::sin(scale * -0.7), 1e-5) << k;
    EXPECT_NEAR(at_column(4 + 4 * k), std::cos(scale * 0.3), 1e-5) << k;
    EXPECT_NEAR(at_column(5 + 4 * k), std::cos(scale * -0.7), 1e-5) << k;
  }
}

}  // namespace
}  // namespace gpst
