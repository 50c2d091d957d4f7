#include "ops/initial_noise.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using test::same_bits;

at::Tensor pictures_of(const std::vector<int64_t>& numbers) {
  return at::tensor(numbers, at::kLong);
}

TEST(InitialNoise, IsTheStreamOfEachPictureInChannelOrder) {
  const at::Tensor noise =
      initial_noise(pictures_of({3, 11}), {.channels = 3, .tokens = 7}, 42, Purpose::step_noise, 9);
  ASSERT_EQ(noise.sizes(), (at::IntArrayRef{2, 3, 7}));
  const float* value = noise.const_data_ptr<float>();
  for (const uint64_t picture : {3, 11}) {
    PhiloxStream stream(42, picture, Purpose::step_noise, 9);
    for (int i = 0; i < 21; ++i) EXPECT_EQ(*value++, stream.next_normal());
  }
}

TEST(InitialNoise, TakesAllBitsOfSeedAndPicture) {
  const NoiseShape shape = {.channels = 1, .tokens = 4};
  const at::Tensor one = initial_noise(pictures_of({-1}), shape, ~uint64_t{0});
  PhiloxStream stream(~uint64_t{0}, ~uint64_t{0}, Purpose::initial_noise);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(one.const_data_ptr<float>()[i], stream.next_normal());
}

TEST(InitialNoise, OfNoPictureIsEmpty) {
  EXPECT_EQ(initial_noise(pictures_of({}), {.channels = 2, .tokens = 3}, 1).sizes(),
            (at::IntArrayRef{0, 2, 3}));
}

TEST(InitialNoise, TakesPicturesWithGaps) {
  const at::Tensor wide = pictures_of({3, 0, 11, 0}).view({2, 2}).select(1, 0);
  const NoiseShape shape = {.channels = 2, .tokens = 3};
  EXPECT_TRUE(
      same_bits(initial_noise(wide, shape, 1), initial_noise(pictures_of({3, 11}), shape, 1)));
}

TEST(InitialNoise, KnowsItsShapeOnMeta) {
  const at::Tensor pictures = at::empty({5}, at::TensorOptions(at::kMeta).dtype(at::kLong));
  const at::Tensor noise = initial_noise(pictures, {.channels = 2, .tokens = 3}, 1);
  EXPECT_EQ(noise.sizes(), (at::IntArrayRef{5, 2, 3}));
  EXPECT_EQ(noise.scalar_type(), at::kFloat);
}

TEST(InitialNoise, RefusesWithNamesAndSizes) {
  const auto message = [](const at::Tensor& pictures, const NoiseShape& shape, int64_t step = 0) {
    return message_of<InputError>(
        [&] { initial_noise(pictures, shape, 1, Purpose::initial_noise, step); });
  };
  EXPECT_EQ(message(at::zeros({2}), {1, 1}), "initial_noise: pictures must be int64, found Float");
  EXPECT_EQ(message(pictures_of({1}).view({1, 1}), {1, 1}),
            "initial_noise: pictures must have the shape [B], found [1, 1]");
  EXPECT_EQ(message(pictures_of({1}), {0, 4}),
            "initial_noise: channels must be at least 1, found 0");
  EXPECT_EQ(message(pictures_of({1}), {4, 4}, 1 << 24),
            "initial_noise: step must be in [0, 16777216), found 16777216");
  EXPECT_EQ(message(pictures_of({1}), {1 << 16, 1 << 15}),
            "initial_noise: channels * tokens must fit 31 bits, found 65536 * 32768");
}

}  // namespace
}  // namespace gpst
