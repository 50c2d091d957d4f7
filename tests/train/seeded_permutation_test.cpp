#include "train/seeded_permutation.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "base/error.h"

namespace gpst {
namespace {

std::vector<int64_t> values_of(const SeededPermutation& permutation) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < permutation.size(); ++i) values.push_back(permutation(i));
  return values;
}

TEST(SeededPermutation, takes_every_value_once_whatever_the_size) {
  std::vector<int64_t> sizes(70);
  std::iota(sizes.begin(), sizes.end(), 1);
  sizes.insert(sizes.end(), {255, 256, 257, 1000, 4096, 4097, 20011});
  for (const int64_t size : sizes) {
    std::vector<int> seen(static_cast<size_t>(size));
    for (const int64_t value : values_of({9, 4, size})) ++seen.at(static_cast<size_t>(value));
    for (const int count : seen) ASSERT_EQ(count, 1) << size;
  }
}

TEST(SeededPermutation, reaches_into_very_large_ranges) {
  constexpr int64_t kSize = int64_t{1} << 40;
  const SeededPermutation permutation(1, 2, kSize + 1);
  bool high = false;
  for (int64_t i = 0; i < 100; ++i) {
    const int64_t value = permutation(kSize - i);
    ASSERT_TRUE(value >= 0 && value <= kSize) << value;
    high |= value > kSize / 2;
  }
  EXPECT_TRUE(high);
}

TEST(SeededPermutation, seed_and_number_make_others) {
  const auto first = values_of({1, 0, 100});
  EXPECT_EQ(first, values_of({1, 0, 100}));
  EXPECT_NE(first, values_of({2, 0, 100}));
  EXPECT_NE(first, values_of({1, 1, 100}));
}

// Over many permutations every value stands as often at every place: the chi-squared of the
// 10 x 10 table has 81 degrees of freedom, so 150 is far out (p = 5e-6).
TEST(SeededPermutation, no_place_is_preferred) {
  constexpr int64_t kSize = 10, kRuns = 4000;
  std::vector<double> table(kSize * kSize);
  for (uint64_t run = 0; run < kRuns; ++run) {
    const SeededPermutation permutation(7, run, kSize);
    for (int64_t i = 0; i < kSize; ++i) ++table[static_cast<size_t>(i * kSize + permutation(i))];
  }
  double chi_squared = 0;
  constexpr double kExpected = double{kRuns} / kSize;
  for (const double count : table) {
    chi_squared += (count - kExpected) * (count - kExpected) / kExpected;
  }
  EXPECT_LT(chi_squared, 150);
  EXPECT_GT(chi_squared, 40);  // more even than chance would be a pattern too
}

TEST(SeededPermutation, neighbours_do_not_stay_neighbours) {
  const auto values = values_of({3, 0, 10000});
  int near = 0;
  for (size_t i = 1; i < values.size(); ++i) near += std::abs(values[i] - values[i - 1]) <= 5;
  EXPECT_LT(near, 40);  // 10 are expected
}

TEST(SeededPermutation, of_nothing_there_is_none) {
  EXPECT_THROW(SeededPermutation(1, 1, 0), Error);
}

}  // namespace
}  // namespace gpst
