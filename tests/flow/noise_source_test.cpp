#include "flow/noise_source.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace gpst {
namespace {

TEST(PhiloxNoise, OfAPictureDoesNotDependOnItsBatch) {
  PhiloxNoise batch(7, {3, 11, 5});
  PhiloxNoise alone(7, {11});
  const at::Tensor many = batch.initial({3, 4, 6, 1});
  EXPECT_TRUE(many.narrow(0, 1, 1).equal(alone.initial({1, 4, 6, 1})));
  EXPECT_TRUE(batch.step(9, {3, 4, 6, 1}).narrow(0, 1, 1).equal(alone.step(9, {1, 4, 6, 1})));
  EXPECT_FALSE(many[0].equal(many[1]));
  EXPECT_FALSE(alone.step(0, {1, 4, 6, 1}).equal(alone.step(1, {1, 4, 6, 1})));
  EXPECT_FALSE(alone.step(0, {1, 4, 6, 1}).equal(alone.initial({1, 4, 6, 1})));
}

TEST(PhiloxNoise, IsTheStreamInChannelOrder) {
  PhiloxNoise noise(7, {11}, {.initial = Purpose::layout_noise});
  PhiloxStream stream(7, 11, Purpose::layout_noise);
  const at::Tensor drawn = noise.initial({1, 2, 3, 1});
  for (int64_t i = 0; i < 6; ++i) {
    EXPECT_EQ(drawn.const_data_ptr<float>()[i], stream.next_normal());
  }
}

TEST(PhiloxNoise, RefusesAnotherNumberOfRows) {
  PhiloxNoise noise(7, {11});
  EXPECT_THROW(noise.initial({2, 4, 6, 1}), InputError);
}

TEST(RecordedNoise, GivesBackWhatItWasGiven) {
  const at::Tensor start = at::ones({1, 2, 3, 1}), steps = at::zeros({2, 1, 2, 3, 1});
  RecordedNoise noise(start, steps);
  EXPECT_TRUE(noise.initial({1, 2, 3, 1}).equal(start));
  EXPECT_TRUE(noise.step(1, {1, 2, 3, 1}).equal(steps[1]));
  EXPECT_EQ(noise.draws(), 1);
  EXPECT_THROW(noise.step(2, {1, 2, 3, 1}), InputError);
  EXPECT_THROW(noise.step(0, {1, 2, 4, 1}), InputError);
}

}  // namespace
}  // namespace gpst
