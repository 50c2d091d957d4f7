#include "eval/numpy_random.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/error.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using Numbers = std::vector<int64_t>;

// What numpy 2.4 gives for numpy.random.RandomState(seed).
struct Expected {
  uint32_t seed;
  std::array<uint32_t, 4> words;
  uint32_t word_700;
  Numbers permutation_10, then_3_of_7, then_5_of_1000;
  std::array<uint64_t, 3> up_to_2_40_plus_5;
  std::array<int64_t, 6> ends_of_permutation_50000;
  int64_t sum_of_permutation_50000;  // sum i * p_i mod 1000003
  uint32_t word_after_it;
};

const std::vector<Expected>& expected() {
  static const std::vector<Expected> all{
      {.seed = 2020,
       .words = {4236026720, 639299976, 3751189827, 2669525622},
       .word_700 = 3488712537,
       .permutation_10 = {2, 4, 9, 1, 5, 7, 6, 3, 8, 0},
       .then_3_of_7 = {4, 3, 1},
       .then_5_of_1000 = {137, 472, 829, 133, 288},
       .up_to_2_40_plus_5 = {838462883931, 540994928259, 305624348600},
       .ends_of_permutation_50000 = {24397, 39273, 6546, 47734, 40259, 41824},
       .sum_of_permutation_50000 = 190837,
       .word_after_it = 3350484734},
      {.seed = 0,
       .words = {2357136044, 2546248239, 3071714933, 3626093760},
       .word_700 = 2772703073,
       .permutation_10 = {2, 8, 4, 9, 1, 6, 7, 3, 0, 5},
       .then_3_of_7 = {3, 1, 2},
       .then_5_of_1000 = {804, 27, 77, 279, 319},
       .up_to_2_40_plus_5 = {741280623151, 506137267392, 841157541223},
       .ends_of_permutation_50000 = {11841, 19602, 45519, 42613, 43567, 2732},
       .sum_of_permutation_50000 = 349988,
       .word_after_it = 2811946950},
      {.seed = 4294967295,
       .words = {419326371, 479346978, 3918654476, 2416749639},
       .word_700 = 965423251,
       .permutation_10 = {6, 9, 5, 1, 8, 0, 7, 4, 2, 3},
       .then_3_of_7 = {0, 1, 5},
       .then_5_of_1000 = {231, 28, 644, 662, 23},
       .up_to_2_40_plus_5 = {53956357191, 922432766458, 547627168379},
       .ends_of_permutation_50000 = {14067, 42082, 44828, 44103, 16674, 27043},
       .sum_of_permutation_50000 = 444817,
       .word_after_it = 3910918063}};
  return all;
}

TEST(NumpyRandom, words_are_those_of_mt19937) {
  for (const Expected& e : expected()) {
    NumpyRandomState random(e.seed);
    for (const uint32_t word : e.words) EXPECT_EQ(random.next_u32(), word) << e.seed;
    for (int i = 4; i < 700; ++i) random.next_u32();
    EXPECT_EQ(random.next_u32(), e.word_700) << e.seed;
  }
}

TEST(NumpyRandom, permutations_and_choices_follow_each_other_as_in_numpy) {
  for (const Expected& e : expected()) {
    NumpyRandomState random(e.seed);
    EXPECT_EQ(random.permutation(10), e.permutation_10) << e.seed;
    EXPECT_EQ(random.choice(7, 3), e.then_3_of_7) << e.seed;
    EXPECT_EQ(random.choice(1000, 5), e.then_5_of_1000) << e.seed;
  }
}

TEST(NumpyRandom, a_long_permutation_takes_as_many_words_as_numpy) {
  for (const Expected& e : expected()) {
    NumpyRandomState random(e.seed);
    const Numbers p = random.permutation(50000);
    const std::array<int64_t, 6> ends{p[0], p[1], p[2], p[49997], p[49998], p[49999]};
    EXPECT_EQ(ends, e.ends_of_permutation_50000) << e.seed;
    int64_t sum = 0;
    for (int64_t i = 0; i < 50000; ++i) sum += i * p[i];
    EXPECT_EQ(sum % 1000003, e.sum_of_permutation_50000) << e.seed;
    EXPECT_EQ(random.next_u32(), e.word_after_it) << e.seed;
  }
}

TEST(NumpyRandom, intervals_beyond_32_bits_take_two_words) {
  for (const Expected& e : expected()) {
    NumpyRandomState random(e.seed);
    for (const uint64_t value : e.up_to_2_40_plus_5) {
      EXPECT_EQ(random.interval((uint64_t{1} << 40) + 5), value) << e.seed;
    }
  }
}

TEST(NumpyRandom, nothing_is_drawn_where_nothing_is_to_choose) {
  for (const Expected& e : expected()) {
    NumpyRandomState random(e.seed);
    EXPECT_EQ(random.permutation(0), Numbers{});
    EXPECT_EQ(random.permutation(1), Numbers{0});
    EXPECT_EQ(random.choice(1, 1), Numbers{0});
    EXPECT_EQ(random.interval(0), 0u);
    EXPECT_EQ(random.next_u32(), e.words[0]);
  }
}

TEST(NumpyRandom, more_than_there_are_cannot_be_chosen) {
  NumpyRandomState random(1);
  EXPECT_EQ(message_of<InputError>([&] { random.choice(3, 4); }),
            "cannot choose 4 of 3 without replacement");
  EXPECT_THROW(random.choice(3, -1), InputError);
}

}  // namespace
}  // namespace gpst
