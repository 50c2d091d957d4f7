// Comparison of arrays that kernels made with references in double.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace gpst::cuda {

// |actual - expected| <= tolerance * max|expected|; a NaN is only near a NaN.
template <class T>
::testing::AssertionResult all_near(const std::vector<T>& actual,
                                    const std::vector<double>& expected, double tolerance) {
  if (actual.size() != expected.size()) {
    return ::testing::AssertionFailure() << actual.size() << " values against " << expected.size();
  }
  double largest = 0;
  for (const double value : expected) {
    if (!std::isnan(value)) largest = std::max(largest, std::abs(value));
  }
  for (size_t i = 0; i < actual.size(); ++i) {
    const double found = static_cast<double>(actual[i]);
    if (std::isnan(found) && std::isnan(expected[i])) continue;
    if (std::abs(found - expected[i]) <= tolerance * largest) continue;
    return ::testing::AssertionFailure()
           << "value " << i << " is " << found << ", expected " << expected[i] << " within "
           << tolerance << " x " << largest;
  }
  return ::testing::AssertionSuccess();
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

}  // namespace gpst::cuda
