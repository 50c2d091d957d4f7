#include "ops/cpu/exp_kernel.h"

#include <cmath>
#include <limits>
#include <vector>

#include "tests/ops/levels.h"

namespace gpst::cpu {
namespace {

template <class T>
std::vector<T> all_exp(SimdLevel level, const std::vector<T>& x) {
  std::vector<T> result(x.size());
  const auto count = static_cast<int64_t>(x.size());
  if (level == SimdLevel::baseline) {
    exp_array<SimdLevel::baseline, T>(x.data(), count, result.data());
  } else {
    with_simd_level([&](auto best) { exp_array<best(), T>(x.data(), count, result.data()); });
  }
  return result;
}

// In units in the last place of the exact value, which `Wide` represents well enough.
template <class T, class Wide>
double worst_ulp(SimdLevel level, T low, T high, int count) {
  std::vector<T> x;
  for (int i = 0; i <= count; ++i) x.push_back(low + (high - low) * static_cast<T>(i) / count);
  const std::vector<T> result = all_exp(level, x);
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const Wide exact = std::exp(static_cast<Wide>(x[i]));
    const T rounded = static_cast<T>(exact);
    const Wide ulp = std::nextafter(rounded, std::numeric_limits<T>::infinity()) - rounded;
    worst = std::max(worst, static_cast<double>(std::abs(result[i] - exact) / ulp));
  }
  return worst;
}

TEST(Exp, IsWithinTwoUlpOfTheExactValue) {
  test::for_each_simd_level([](auto level) {
    EXPECT_LT((worst_ulp<float, double>(level(), -86.5F, 88.7F, 400003)), 2.0);
    EXPECT_LT((worst_ulp<float, double>(level(), -1.0F, 1.0F, 400003)), 2.0);
    EXPECT_LT((worst_ulp<double, long double>(level(), -707.0, 709.7, 400003)), 2.0);
    EXPECT_LT((worst_ulp<double, long double>(level(), -1.0, 1.0, 400003)), 2.0);
  });
}

template <class T>
void check_special_values(SimdLevel level) {
  const T inf = std::numeric_limits<T>::infinity();
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> result = all_exp<T>(level, {T(0), -T(0), -inf, T(-1e4), inf, T(1e4), nan});
  EXPECT_EQ(result[0], T(1));
  EXPECT_EQ(result[1], T(1));
  EXPECT_EQ(result[2], T(0));
  EXPECT_EQ(result[3], T(0));
  EXPECT_EQ(result[4], inf);
  EXPECT_EQ(result[5], inf);
  EXPECT_TRUE(std::isnan(result[6]));
}

TEST(Exp, KeepsZerosInfinitiesAndNan) {
  test::for_each_simd_level([](auto level) {
    check_special_values<float>(level());
    check_special_values<double>(level());
  });
}

TEST(Exp, GivesAnElementTheSameBitsWhereverItStands) {
  test::for_each_simd_level([](auto level) {
    const std::vector<float> alone = all_exp<float>(level(), {-0.7F});
    for (int length = 2; length < 20; ++length) {
      const std::vector<float> many = all_exp(level(), std::vector<float>(length, -0.7F));
      for (float value : many) EXPECT_EQ(value, alone[0]);
    }
  });
}

}  // namespace
}  // namespace gpst::cpu
