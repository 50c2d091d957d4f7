#include "eval/inception_score.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "nn/libtorch_threads.h"
#include "tests/eval/random_features.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using ::testing::HasSubstr;

// Certain of class i mod classes.
at::Tensor certain(int64_t rows, int64_t classes) {
  const at::Tensor label = at::arange(rows).remainder(classes);
  return 1000 * (label.unsqueeze(1) == at::arange(classes)).to(at::kDouble);
}

TEST(InceptionScore, is_the_number_of_classes_at_best_and_1_at_worst) {
  EXPECT_NEAR(inception_score_adm(certain(60, 6)).mean, 6, 1e-12);
  EXPECT_NEAR(inception_score_adm(at::zeros({60, 6})).mean, 1, 1e-12);
  EXPECT_NEAR(inception_score_adm(random_normal(1, 6, 1).expand({60, 6})).mean, 1, 1e-12);
}

TEST(InceptionScore, two_classes_by_hand) {
  const at::Tensor logits = at::tensor({std::log(3.0), 0.0, 0.0, std::log(3.0)}).view({2, 2});
  // p = (3/4, 1/4) and (1/4, 3/4), their mean (1/2, 1/2).
  const double divergence = 0.75 * std::log(1.5) + 0.25 * std::log(0.5);
  EXPECT_NEAR(inception_score_adm(logits).mean, std::exp(divergence), 1e-7);  // log 3 in float32
}

TEST(InceptionScore, the_last_split_counts_as_much_as_the_others) {
  const at::Tensor logits = at::cat({certain(10, 5), at::zeros({3, 5}, at::kDouble)});
  const InceptionScore score = inception_score_adm(logits, 5);
  ASSERT_EQ(score.per_split.size(), 3u);
  EXPECT_NEAR(score.per_split[2], 1, 1e-12);
  EXPECT_NEAR(score.mean, (5 + 5 + 1) / 3.0, 1e-12);
  EXPECT_NEAR(score.std, std::sqrt(32.0 / 9), 1e-12);
}

TEST(InceptionScore, splits_cover_all_rows_once) {
  const auto equal = equal_splits(23, 10);
  ASSERT_EQ(equal.size(), 10u);
  EXPECT_EQ(equal.front().begin, 0);
  EXPECT_EQ(equal.back().end, 23);
  for (size_t i = 1; i < equal.size(); ++i) EXPECT_EQ(equal[i].begin, equal[i - 1].end);
  EXPECT_EQ(splits_of_size(10000, 5000).size(), 2u);
  EXPECT_EQ(splits_of_size(10001, 5000).back().end, 10001);
}

TEST(InceptionScore, does_not_depend_on_threads_or_order_within_a_split) {
  const at::Tensor logits = random_normal(2000, 40, 3) * 3;
  const InceptionScore score = inception_score_torch_fidelity(logits);
  {
    const LibtorchThreads three(3);
    EXPECT_EQ(inception_score_torch_fidelity(logits).per_split, score.per_split);
  }
  EXPECT_NEAR(inception_score_adm(logits.flip(0)).mean, inception_score_adm(logits).mean, 1e-12);
}

TEST(InceptionScore, of_one_picture_is_1) {
  EXPECT_NEAR(inception_score_adm(random_normal(1, 9, 1)).mean, 1, 1e-12);
}

TEST(InceptionScore, refuses_what_cannot_be_split_or_scored) {
  EXPECT_THAT(message_of<InputError>([] {
                inception_score_torch_fidelity(at::zeros({9, 4}));
              }),
              HasSubstr("10 splits need as many pictures at least, found 9"));
  EXPECT_THROW(inception_score_adm(at::zeros({0, 4})), InputError);
  EXPECT_THROW(inception_score_adm(at::zeros({4})), InputError);
  EXPECT_THROW(inception_score_adm(at::zeros({4, 3}), 0), InputError);
  at::Tensor broken = at::zeros({4, 3});
  broken[1][1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(message_of<InputError>([&] { inception_score_adm(broken); }),
              HasSubstr("not finite"));
}

}  // namespace
}  // namespace gpst
