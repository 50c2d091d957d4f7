#include "io/half.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace gpst {
namespace {

// The value of a binary16 pattern by the definition of the format.
double float16_by_definition(uint16_t bits) {
  const int exponent = bits >> 10 & 0x1F;
  const int mantissa = bits & 0x3FF;
  const double magnitude =
      exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

bool is_finite16(uint16_t bits) { return (bits & 0x7C00) != 0x7C00; }

TEST(Float16, EveryFinitePatternHasItsDefinedValue) {
  for (uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const auto pattern = static_cast<uint16_t>(bits);
    if (!is_finite16(pattern)) continue;
    const float value = float16_to_float(pattern);
    ASSERT_EQ(static_cast<double>(value), float16_by_definition(pattern)) << bits;
    ASSERT_EQ(std::signbit(value), (bits & 0x8000) != 0) << bits;
  }
}

TEST(Float16, EveryPatternSurvivesTheWayToFloatAndBack) {
  for (uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const auto pattern = static_cast<uint16_t>(bits);
    const float value = float16_to_float(pattern);
    if (std::isnan(value)) {
      ASSERT_EQ(float_to_float16(value), pattern | 0x200) << bits;  // quiet
    } else {
      ASSERT_EQ(float_to_float16(value), pattern) << bits;
    }
  }
}

TEST(Float16, RoundsToNearestAndTiesToEven) {
  for (uint16_t low = 0; low < 0x7BFF; ++low) {
    const float middle = (float16_to_float(low) + float16_to_float(low + 1)) / 2;  // exact
    const uint16_t even = low & 1 ? low + 1 : low;
    ASSERT_EQ(float_to_float16(middle), even) << low;
    ASSERT_EQ(float_to_float16(std::nextafter(middle, 0.0f)), low) << low;
    ASSERT_EQ(float_to_float16(std::nextafter(middle, 1e9f)), low + 1) << low;
    ASSERT_EQ(float_to_float16(-middle), even | 0x8000) << low;
  }
}

TEST(Float16, OverflowsToInfinityFromHalfAStepAboveTheLargest) {
  EXPECT_EQ(float_to_float16(65504.0f), 0x7BFF);
  EXPECT_EQ(float_to_float16(std::nextafter(65520.0f, 0.0f)), 0x7BFF);
  EXPECT_EQ(float_to_float16(65520.0f), 0x7C00);
  EXPECT_EQ(float_to_float16(-std::numeric_limits<float>::infinity()), 0xFC00);
  EXPECT_EQ(float_to_float16(std::numeric_limits<float>::denorm_min()), 0);
}

TEST(Bfloat16, EveryPatternIsTheUpperHalfOfAFloat) {
  for (uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const auto pattern = static_cast<uint16_t>(bits);
    const float value = bfloat16_to_float(pattern);
    ASSERT_EQ(std::bit_cast<uint32_t>(value), bits << 16);
    const uint16_t expected = std::isnan(value) ? pattern | 0x40 : pattern;
    ASSERT_EQ(float_to_bfloat16(value), expected) << bits;
  }
}

TEST(Bfloat16, RoundsToNearestAndTiesToEven) {
  const auto from_bits = [](uint32_t bits) {
    return float_to_bfloat16(std::bit_cast<float>(bits));
  };
  for (uint32_t low = 0; low < 0x7F80; ++low) {
    const uint32_t even = low + (low & 1);
    ASSERT_EQ(from_bits(low << 16 | 0x8000), even) << low;
    ASSERT_EQ(from_bits(low << 16 | 0x7FFF), low) << low;
    ASSERT_EQ(from_bits(low << 16 | 0x8001), low + 1) << low;
  }
  EXPECT_TRUE(std::isnan(bfloat16_to_float(from_bits(0x7F800001))));
}

}  // namespace
}  // namespace gpst
