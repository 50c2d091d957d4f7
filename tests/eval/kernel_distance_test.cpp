#include "eval/kernel_distance.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "tests/eval/random_features.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using ::testing::HasSubstr;

// The definition, pair by pair.
double by_hand(const at::Tensor& x, const at::Tensor& y) {
  const auto k = [](const at::Tensor& u, const at::Tensor& v) {
    return std::pow(u.dot(v).item<double>() / static_cast<double>(u.size(0)) + 1, 3);
  };
  const int64_t s = x.size(0);
  double within = 0, between = 0;
  for (int64_t i = 0; i < s; ++i) {
    for (int64_t j = 0; j < s; ++j) {
      if (i != j) within += k(x[i], x[j]) + k(y[i], y[j]);
      between += k(x[i], y[j]);
    }
  }
  return within / static_cast<double>(s * (s - 1)) - 2 * between / static_cast<double>(s * s);
}

TEST(KernelDistance, is_the_definition) {
  const at::Tensor x = random_normal(9, 4, 1), y = random_normal(9, 4, 2) + 0.5;
  EXPECT_NEAR(squared_discrepancy(x, y), by_hand(x, y), 1e-13);
}

TEST(KernelDistance, of_points_has_a_closed_form) {
  // Every x is 2, every y is -1: k = 27 + ... (4+1)^3 + (1+1)^3 - 2 (-2+1)^3.
  const at::Tensor x = at::full({300, 1}, 2.0), y = at::full({300, 1}, -1.0);
  EXPECT_DOUBLE_EQ(squared_discrepancy(x, y), 125 + 8 + 2);
  const KernelDistance distance = kernel_distance(x, y, {.subsets = 7, .subset_size = 250});
  EXPECT_DOUBLE_EQ(distance.mean, 135);
  EXPECT_EQ(distance.per_subset.size(), 7u);
  EXPECT_NEAR(distance.std, 0, 1e-12);
}

TEST(KernelDistance, does_not_depend_on_threads_and_is_symmetric_on_whole_sets) {
  const at::Tensor x = random_normal(400, 30, 1), y = random_normal(500, 30, 2) * 1.2;
  KernelDistanceOptions options{.subsets = 9, .subset_size = 150};
  const KernelDistance one = kernel_distance(x, y, options);
  options.threads = 3;
  EXPECT_EQ(kernel_distance(x, y, options).per_subset, one.per_subset);
  EXPECT_GT(one.std, 0);
  EXPECT_NEAR(squared_discrepancy(x, y), squared_discrepancy(y, x), 1e-13);
  EXPECT_NEAR(squared_discrepancy(x.flip(0), y), squared_discrepancy(x, y), 1e-13);
}

TEST(KernelDistance, refuses_too_few_pictures_and_says_what_to_lower) {
  const at::Tensor x = at::zeros({10, 2}), y = at::zeros({8, 2});
  EXPECT_THAT(message_of<InputError>([&] { kernel_distance(x, y); }),
              HasSubstr("the samples are 10 pictures, a subset has 1000: use more pictures or set "
                        "kid_subset_size"));
  EXPECT_THAT(message_of<InputError>([&] { kernel_distance(x, y, {.subset_size = 9}); }),
              HasSubstr("the reference has 8 pictures"));
  EXPECT_THROW(kernel_distance(x, y, {.subsets = 0, .subset_size = 5}), InputError);
  EXPECT_THROW(kernel_distance(x, y, {.subset_size = 1}), InputError);
  EXPECT_THROW(kernel_distance(x, at::zeros({10, 3}), {.subset_size = 5}), InputError);
}

}  // namespace
}  // namespace gpst
