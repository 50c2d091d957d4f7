#include "ops/cpu/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace gpst::cpu {
namespace {

// Values around `mean` with a known spread; some lengths are no multiple of a vector or a piece.
template <class T>
void check(int64_t count, double mean, double tolerance) {
  std::vector<T> values;
  for (int64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<T>(mean + std::sin(static_cast<double>(i) * 0.37)));
  }
  double sum = 0, squares = 0;
  for (T v : values) sum += v;
  const double exact_mean = sum / static_cast<double>(count);
  for (T v : values) squares += (v - exact_mean) * (v - exact_mean);
  Moments moments;
  add_moments(values.data(), count, moments);
  EXPECT_EQ(moments.count, static_cast<double>(count));
  EXPECT_NEAR(moments.mean, exact_mean, tolerance * (std::abs(exact_mean) + 1));
  EXPECT_NEAR(moments.squares, squares, 10 * tolerance * (squares + 1)) << count << " " << mean;
}

TEST(Statistics, AgreeWithTwoPassesInDouble) {
  for (int64_t count : {1, 2, 7, 8, 33, 2047, 2048, 2049, 10000}) {
    check<float>(count, 0, 1e-6);
    check<double>(count, 0, 1e-14);
  }
}

TEST(Statistics, KeepTheSpreadUnderALargeMean) {
  check<float>(10000, 1000, 1e-6);
  check<double>(10000, 1e6, 1e-12);
}

TEST(Statistics, OfAConstantAreExact) {
  const std::vector<float> values(5001, 3.7F);
  Moments moments;
  add_moments(values.data(), 5001, moments);
  EXPECT_NEAR(moments.squares, 0, 1e-9);
}

}  // namespace
}  // namespace gpst::cpu
