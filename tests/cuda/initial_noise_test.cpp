#include "cuda/initial_noise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "tests/cuda/device_array.h"
#include "tests/support/ulps.h"

namespace gpst::cuda {
namespace {

struct Numbers {
  uint64_t seed;
  Purpose purpose;
  int64_t step;
};

std::vector<float> on_device(const std::vector<int64_t>& pictures, int64_t values,
                             const Numbers& numbers) {
  const DeviceArray<int64_t> numbers_of(pictures);
  DeviceArray<float> states(pictures.size() * static_cast<size_t>(values));
  initial_noise(numbers_of.data(), states.data(), static_cast<int64_t>(pictures.size()), values,
                numbers.seed, numbers.purpose, numbers.step, nullptr);
  return states.read();
}

std::vector<float> on_host(const std::vector<int64_t>& pictures, int64_t values,
                           const Numbers& numbers) {
  std::vector<float> states(pictures.size() * static_cast<size_t>(values));
  float* next = states.data();
  for (const int64_t picture : pictures) {
    PhiloxStream stream(numbers.seed, static_cast<uint64_t>(picture), numbers.purpose,
                        static_cast<uint64_t>(numbers.step));
    stream.fill_normal({next, static_cast<size_t>(values)});
    next += values;
  }
  return states;
}

void expect_same(const std::vector<int64_t>& pictures, int64_t values, const Numbers& numbers) {
  const std::vector<float> actual = on_device(pictures, values, numbers);
  const std::vector<float> expected = on_host(pictures, values, numbers);
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_LE(ulps_between(actual[i], expected[i]), 1)
        << actual[i] << " against " << expected[i] << " at " << i << " of " << values << " values";
  }
}

TEST(InitialNoise, IsTheHostsToOneUlp) { expect_same({0}, 40000, {7, Purpose::initial_noise, 0}); }

// The series are good to 2^-39, so hardly a value lies close enough to the middle of two floats.
TEST(InitialNoise, IsTheHostsToTheBitButForAFew) {
  const Numbers numbers = {8, Purpose::initial_noise, 0};
  const std::vector<float> actual = on_device({1}, 40000, numbers);
  const std::vector<float> expected = on_host({1}, 40000, numbers);
  int different = 0;
  for (size_t i = 0; i < actual.size(); ++i) different += actual[i] != expected[i];
  EXPECT_LE(different, 4);
}

TEST(InitialNoise, OfEveryNumberOfValues) {
  for (const int64_t values : {1, 2, 3, 4, 5, 63, 511, 512, 513}) {
    expect_same({3, 4}, values, {1, Purpose::initial_noise, 0});
  }
}

TEST(InitialNoise, TakesAllBitsOfSeedPicturePurposeAndStep) {
  const std::vector<int64_t> pictures = {0x1122334455667788, -1, 5};
  expect_same(pictures, 37, {0xDEADBEEF12345678U, Purpose::step_noise, 249});
  expect_same(pictures, 37, {~uint64_t{0}, Purpose::feature_noise, (1 << 24) - 1});
  expect_same(pictures, 37, {~uint64_t{0}, static_cast<Purpose>(255), 1});
}

TEST(InitialNoise, OfAPictureDoesNotDependOnItsBatch) {
  const Numbers numbers = {5, Purpose::initial_noise, 2};
  const std::vector<float> batch = on_device({9, 11, 13}, 50, numbers);
  const std::vector<float> alone = on_device({11}, 50, numbers);
  EXPECT_TRUE(std::equal(alone.begin(), alone.end(), batch.begin() + 50));
}

TEST(InitialNoise, OfNothingIsNothing) {
  EXPECT_TRUE(on_device({}, 10, {1, Purpose::initial_noise, 0}).empty());
  EXPECT_TRUE(on_device({4}, 0, {1, Purpose::initial_noise, 0}).empty());
}

TEST(InitialNoise, RefusesWhatACounterCannotHold) {
  const DeviceArray<int64_t> pictures(std::vector<int64_t>{0});
  DeviceArray<float> states(4);
  const auto draw = [&](int64_t values, int64_t step) {
    initial_noise(pictures.data(), states.data(), 1, values, 1, Purpose::initial_noise, step,
                  nullptr);
  };
  EXPECT_THROW(draw(4, 1 << 24), InputError);
  EXPECT_THROW(draw(4, -1), InputError);
  EXPECT_THROW(draw(int64_t{1} << 31, 0), InputError);
}

}  // namespace
}  // namespace gpst::cuda
