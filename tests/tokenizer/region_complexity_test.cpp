#include "tokenizer/region_complexity.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "tests/tokenizer/partition_helpers.h"

namespace gpst {
namespace {

TEST(RegionComplexity, DoesNotDependOnWhatWasAskedBefore) {
  const std::vector<float> grey = noisy_picture(96, 80, 2);
  RegionComplexity one(grey, 96, 80, 2.5);
  const Region region{10, 20, 57, 40};
  const double first = one(region);
  one(whole_tile(96, 80));
  one({0, 0, 7, 7});
  EXPECT_EQ(one(region), first);
  EXPECT_EQ(RegionComplexity(grey, 96, 80, 2.5)(region), first);
}

TEST(RegionComplexity, IsThePowerOfTheEntropyTimesTheArea) {
  const std::vector<float> grey = noisy_picture(64, 64, 3);
  RegionComplexity bits(grey, 64, 64, 1), power(grey, 64, 64, 2.5);
  const Region region{0, 16, 31, 31};
  const double entropy = bits(region) / region.area();
  EXPECT_GT(entropy, 1);
  EXPECT_LT(entropy, 8);
  EXPECT_NEAR(power(region), std::pow(entropy, 2.5) * 32 * 16, 1e-9);
  EXPECT_EQ(bits.entropy_power_of(region) * 32 * 16, bits(region));
}

TEST(RegionComplexity, AddsTheBiasOfTheRegion) {
  const std::vector<float> grey = noisy_picture(32, 32, 4);
  std::vector<float> bias(32 * 32);
  bias[5 * 32 + 6] = 2.5f;
  bias[5 * 32 + 8] = 100;
  RegionComplexity plain(grey, 32, 32, 2.5), biased(grey, 32, 32, 2.5, bias);
  const Region region{0, 0, 7, 7};
  EXPECT_EQ(biased(region), plain(region) + 2.5);
}

TEST(RegionComplexity, RefusesABiasThatIsNotFinite) {
  const std::vector<float> grey = noisy_picture(8, 8, 5);
  std::vector<float> bias(64);
  bias[9] = std::numeric_limits<float>::infinity();
  EXPECT_THROW(RegionComplexity(grey, 8, 8, 2.5, bias), InputError);
}

}  // namespace
}  // namespace gpst
