#include "tokenizer/entropy.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gpst {
namespace {

TEST(Entropy, PortableLog2AgreesWithTheLibrary) {
  for (double x = 1e-10; x < 4; x *= 1.0173) {
    EXPECT_NEAR(portable_log2(x), std::log2(x), 1e-15 * (1 + std::abs(std::log2(x)))) << x;
  }
  EXPECT_EQ(portable_log2(1.0), 0.0);
  EXPECT_EQ(portable_log2(0.125), -3.0);
}

double direct_entropy(const EdgeHistogram& histogram) {
  double sum = 0;
  for (const int32_t count : histogram.counts) {
    const double p = count / (histogram.total + 1e-5);
    sum += p * std::log2(p + 1e-10);
  }
  return -sum;
}

TEST(Entropy, FollowsTheFormula) {
  const EntropyTable table;
  EdgeHistogram uniform;
  uniform.counts.fill(kEdgePixels / kEdgeBins);
  uniform.total = kEdgePixels;
  EXPECT_NEAR(table.entropy(uniform), 8.0, 1e-6);
  EXPECT_NEAR(table.entropy(uniform), direct_entropy(uniform), 1e-13);

  EdgeHistogram uneven;
  for (int i = 0; i < 40; ++i) uneven.total += uneven.counts[i * i % kEdgeBins] = 3 * i;
  EXPECT_NE(uneven.total, kEdgePixels);  // some magnitudes were dropped
  EXPECT_NEAR(table.entropy(uneven), direct_entropy(uneven), 1e-13);
}

TEST(Entropy, OfNothingAndOfOneBin) {
  const EntropyTable table;
  EXPECT_EQ(table.entropy(EdgeHistogram{}), 0.0);
  EdgeHistogram flat;
  flat.counts[0] = flat.total = kEdgePixels;
  EXPECT_GT(table.entropy(flat), 0.0);  // the 1e-5 in p leaves a trace
  EXPECT_LT(table.entropy(flat), 1e-8);
}

TEST(Entropy, PowersAgreeWithPow) {
  for (const double exponent : {0.0, 0.5, 1.0, 2.5, 3.0, 0.3, 1.7, 20.5}) {
    const double expected = std::pow(5.25, exponent);
    EXPECT_NEAR(entropy_power(5.25, exponent), expected, 1e-14 * expected) << exponent;
  }
  EXPECT_EQ(entropy_power(4.0, 2.5), 32.0);
  EXPECT_EQ(entropy_power(0.0, 2.5), 0.0);
}

}  // namespace
}  // namespace gpst
