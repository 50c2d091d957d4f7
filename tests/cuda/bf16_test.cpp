#include "cuda/bf16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

namespace gpst::cuda {
namespace {

TEST(Bf16, EveryValueSurvivesTheWayThere) {
  for (uint32_t bits = 0; bits < 0x10000u; ++bits) {
    const float value = to_float(Bf16{static_cast<uint16_t>(bits)});
    ASSERT_EQ(std::bit_cast<uint32_t>(value), bits << 16);
    const uint16_t back = to_bf16(value).bits;
    ASSERT_EQ(back, std::isnan(value) ? 0x7FFFu : bits);
  }
}

// The nearer neighbour in double arithmetic; of two equally near ones that with an even last bit.
uint16_t nearest(float value) {
  const auto below = static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16);
  const auto above = static_cast<uint16_t>(below + 1);
  const double down = std::abs(double{value} - double{to_float(Bf16{below})});
  const double up = std::abs(double{to_float(Bf16{above})} - double{value});
  if (down != up) return down < up ? below : above;
  return below % 2 == 0 ? below : above;
}

TEST(Bf16, RoundsToTheNearestAndTiesToEven) {
  std::mt19937 random(3);
  for (int i = 0; i < 200000; ++i) {
    // Half of them ties; the exponent of the neighbour above is still finite.
    const uint32_t bits = i % 2 == 0 ? random() : (random() & 0xFFFF0000u) | 0x8000u;
    const float value = std::bit_cast<float>(bits);
    if ((bits & 0x7F800000u) >= 0x7F000000u) continue;
    ASSERT_EQ(to_bf16(value).bits, nearest(value)) << value;
  }
}

TEST(Bf16, LargeAndSpecialValues) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(to_bf16(std::numeric_limits<float>::max()).bits, 0x7F80);
  EXPECT_EQ(to_bf16(-std::numeric_limits<float>::max()).bits, 0xFF80);
  EXPECT_EQ(to_bf16(std::bit_cast<float>(0x7F7F7FFFu)).bits, 0x7F7F);  // just below the tie
  EXPECT_EQ(to_bf16(std::bit_cast<float>(0x7F7F8000u)).bits, 0x7F80);  // the tie
  EXPECT_EQ(to_bf16(kInfinity).bits, 0x7F80);
  EXPECT_EQ(to_bf16(-kInfinity).bits, 0xFF80);
  EXPECT_EQ(to_bf16(-0.0f).bits, 0x8000);
  for (const uint32_t nan : {0x7F800001u, 0x7FFFFFFFu, 0xFF800001u, 0xFFC00000u}) {
    EXPECT_EQ(to_bf16(std::bit_cast<float>(nan)).bits, 0x7FFF);
  }
}

TEST(Bf16, APairHasTheFirstValueBelow) {
  const uint32_t pair = to_bf16_pair(1.0f, -2.0f);
  EXPECT_EQ(pair, 0xC0003F80u);
  EXPECT_EQ(first_of_pair(pair), 1.0f);
  EXPECT_EQ(second_of_pair(pair), -2.0f);
}

TEST(Bf16, StorageTypesLoadAndStore) {
  float wide = 0;
  Bf16 narrow{0};
  store(&wide, 1.01f);
  store(&narrow, 1.01f);
  EXPECT_EQ(load(&wide), 1.01f);
  EXPECT_EQ(load(&narrow), 1.0078125f);
}

}  // namespace
}  // namespace gpst::cuda
