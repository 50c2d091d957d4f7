#include "eval/precision_recall.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/eval/random_features.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using ::testing::HasSubstr;

at::Tensor line(const std::vector<double>& points) {
  return at::tensor(points, at::kDouble).unsqueeze(1);  // [n,1]
}

TEST(PrecisionRecall, radii_on_a_line) {
  // To the third nearest other point.
  const at::Tensor radii = squared_radii(line({0, 1, 2, 3, 10}));
  EXPECT_TRUE(at::equal(radii, at::tensor({9.0, 4.0, 4.0, 9.0, 81.0}, at::kDouble)));
  EXPECT_TRUE(at::equal(squared_radii(line({0, 1, 2, 3, 10}), {.neighbours = 1}),
                        at::tensor({1.0, 1.0, 1.0, 1.0, 49.0}, at::kDouble)));
}

TEST(PrecisionRecall, on_a_line) {
  // The reference's balls with k = 1: [-1,1], [0,2], [1,3], [2,4], [3,17]; the samples': [-14,-2],
  // [-8,4], [2,6], [3,7].
  const at::Tensor reference = line({0, 1, 2, 3, 10}), samples = line({-8, -2, 4, 5});
  const PrecisionRecall found = precision_recall(reference, samples, {.neighbours = 1});
  EXPECT_DOUBLE_EQ(found.precision, 2.0 / 4);  // 4 and 5
  EXPECT_DOUBLE_EQ(found.recall, 4.0 / 5);     // all but 10
}

TEST(PrecisionRecall, the_border_belongs_to_a_ball) {
  const at::Tensor reference = line({0, 2, 4, 6}), samples = line({-6, 12, 12.5, 100, 101});
  // 0 and 6 reach 6 far: -6 and 12 are on borders, 12.5 is outside.
  EXPECT_DOUBLE_EQ(precision_recall(reference, samples).precision, 2.0 / 5);
}

TEST(PrecisionRecall, of_equal_and_of_distant_sets) {
  const at::Tensor x = random_normal(200, 16, 1);
  const PrecisionRecall equal = precision_recall(x, x);
  EXPECT_EQ(equal.precision, 1);
  EXPECT_EQ(equal.recall, 1);
  const PrecisionRecall distant = precision_recall(x, x + 100);
  EXPECT_EQ(distant.precision, 0);
  EXPECT_EQ(distant.recall, 0);
}

TEST(PrecisionRecall, one_is_the_other_with_the_sets_exchanged) {
  const at::Tensor x = random_normal(300, 6, 1), y = random_normal(250, 6, 2) * 0.7;
  const PrecisionRecall found = precision_recall(x, y), exchanged = precision_recall(y, x);
  EXPECT_DOUBLE_EQ(found.precision, exchanged.recall);
  EXPECT_DOUBLE_EQ(found.recall, exchanged.precision);
  EXPECT_GT(found.precision, found.recall);  // the samples vary less
  const PrecisionRecall shuffled = precision_recall(x.flip(0), y.flip(0));
  EXPECT_DOUBLE_EQ(shuffled.precision, found.precision);
  EXPECT_DOUBLE_EQ(shuffled.recall, found.recall);
}

// More rows than a tile has, and integers: no rounding, so the plain formula must agree exactly.
TEST(PrecisionRecall, tiles_and_threads_change_nothing) {
  const at::Tensor x = (random_normal(1300, 3, 1) * 20).round(),
                   y = (random_normal(1100, 3, 2) * 15).round();
  const at::Tensor differences = x.unsqueeze(1) - y.unsqueeze(0);  // [n,m,3]
  const at::Tensor between = differences.square().sum(2);          // [n,m]
  const auto radii = [](const at::Tensor& rows) {
    const at::Tensor within = (rows.unsqueeze(1) - rows.unsqueeze(0)).square().sum(2);
    return std::get<0>(within.sort(1)).select(1, 3);
  };
  const at::Tensor x_radii = radii(x), y_radii = radii(y);
  EXPECT_TRUE(at::equal(squared_radii(x, {.threads = 3}), x_radii));
  EXPECT_TRUE(at::equal(squared_radii(x.to(at::kFloat)), x_radii));
  for (const int threads : {1, 3}) {
    const PrecisionRecall found = precision_recall(x, y, {.threads = threads});
    EXPECT_DOUBLE_EQ(found.precision * 1100,
                     (between <= x_radii.unsqueeze(1)).any(0).sum().item<double>());
    EXPECT_DOUBLE_EQ(found.recall * 1300,
                     (between <= y_radii.unsqueeze(0)).any(1).sum().item<double>());
  }
}

TEST(PrecisionRecall, refuses_sets_without_neighbours) {
  const at::Tensor three = at::zeros({3, 2}), ten = at::zeros({10, 2});
  EXPECT_THAT(message_of<InputError>([&] { precision_recall(ten, three); }),
              HasSubstr("need 4 pictures at least in either set, found 3"));
  EXPECT_THROW(precision_recall(ten, ten, {.neighbours = 0}), InputError);
  EXPECT_THROW(precision_recall(ten, at::zeros({10, 3})), InputError);
}

}  // namespace
}  // namespace gpst
