#include "train/training_progress.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gpst {
namespace {

TEST(TrainingProgress, steps_of_the_adversary_say_nothing_of_the_model) {
  TrainingProgress progress;
  progress.remember({.loss = 2, .gradient_norm = 3, .metrics = {{"mse", 0.5}}});
  progress.remember({.loss = 9,
                     .gradient_norm = 9,
                     .metrics = {{"disc_loss", 0.7}},
                     .targets = {.model = false, .adversary = true}});
  EXPECT_EQ(progress.latest.loss, 2);
  EXPECT_EQ(progress.latest.gradient_norm, 3);
  EXPECT_EQ(progress.latest.metrics, (Metrics{{"mse", 0.5}, {"disc_loss", 0.7}}));
}

TEST(TrainingProgress, a_loss_is_best_when_low_any_other_metric_when_high) {
  TrainingProgress progress{.step = 1};
  EXPECT_TRUE(progress.take_best({{"held_out_loss", 2}, {"other", 1}}));
  EXPECT_FALSE(progress.take_best({{"held_out_loss", 3}}));
  EXPECT_TRUE(progress.take_best({{"held_out_loss", 1}}));
  EXPECT_FALSE(progress.take_best({{"held_out_loss", std::nan("")}}));
  EXPECT_FALSE(progress.take_best({}));
  TrainingProgress pictures;
  EXPECT_TRUE(pictures.take_best({{"held_out_psnr", 20}}));
  EXPECT_FALSE(pictures.take_best({{"held_out_psnr", 19}}));
  EXPECT_FALSE(pictures.take_best({{"held_out_psnr", std::numeric_limits<double>::infinity()}}));
}

TEST(TrainingProgress, comes_back_from_json) {
  TrainingProgress progress{.step = 7, .seconds = 1.5};
  progress.remember({.loss = 2, .gradient_norm = 3, .metrics = {{"a", 0.1}, {"b", std::nan("")}}});
  progress.take_best({{"held_out_loss", 0.3}});
  const TrainingProgress back = TrainingProgress::from_json(progress.to_json());
  EXPECT_EQ(back.step, 7);
  EXPECT_EQ(back.seconds, 1.5);
  EXPECT_EQ(back.latest.loss, 2);
  EXPECT_EQ(back.latest.gradient_norm, 3);
  ASSERT_EQ(back.latest.metrics.size(), 2U);
  EXPECT_EQ(back.latest.metrics[0].second, 0.1) << "to the last bit";
  EXPECT_TRUE(std::isnan(back.latest.metrics[1].second));
  ASSERT_TRUE(back.best);
  EXPECT_EQ(back.best->step, 7);
  EXPECT_EQ(back.best->value, 0.3);
}

TEST(TrainingProgress, of_an_earlier_program_lacks_what_that_one_did_not_write) {
  const TrainingProgress progress =
      TrainingProgress::from_json(R"({"step": 4, "seconds": 2, "loss": 0.5, "stage": "layout"})");
  EXPECT_EQ(progress.step, 4);
  EXPECT_EQ(progress.latest.loss, 0.5);
  EXPECT_TRUE(progress.latest.metrics.empty());
  EXPECT_FALSE(progress.best);
}

}  // namespace
}  // namespace gpst
