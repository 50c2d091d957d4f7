#include "train/options.h"

#include <gtest/gtest.h>

namespace gpst {
namespace {

TEST(TrainOptions, the_published_rate_is_constant) {
  const TrainOptions options;
  EXPECT_DOUBLE_EQ(learning_rate(options, 1), 5e-5);
  EXPECT_DOUBLE_EQ(learning_rate(options, 900000), 5e-5);
}

TEST(TrainOptions, warm_up_then_cosine) {
  TrainOptions options;
  options.lr = 1;
  options.warmup = 10;
  options.iterations = 110;
  options.schedule = "cosine";
  EXPECT_DOUBLE_EQ(learning_rate(options, 1), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate(options, 10), 1);
  EXPECT_NEAR(learning_rate(options, 60), 0.5, 1e-12);
  EXPECT_NEAR(learning_rate(options, 110), 0, 1e-12);
}

TEST(TrainOptions, a_constant_rate_may_cool_down) {
  TrainOptions options;
  options.lr = 1;
  options.iterations = 100;
  options.cooldown = 9;
  EXPECT_DOUBLE_EQ(learning_rate(options, 91), 1);
  EXPECT_DOUBLE_EQ(learning_rate(options, 96), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate(options, 100), 0.1);
}

TEST(TrainOptions, bfloat16_on_demand) {
  TrainOptions options;
  EXPECT_FALSE(uses_bfloat16(options));
  options.dtype = "bf16";
  EXPECT_TRUE(uses_bfloat16(options));
}

}  // namespace
}  // namespace gpst
