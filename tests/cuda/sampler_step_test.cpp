#include "cuda/sampler_step.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "base/error.h"
#include "tests/cuda/device_array.h"
#include "tests/cuda/storage.h"

namespace gpst::cuda {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr uint64_t kSeed = 77;

// How the net's output lies in memory.
enum class Order { channels_first, tokens_first };

struct Case {
  int64_t pictures = 2, channels = 3, tokens = 8;
  int64_t output_channels = 3;
  bool with_none = true;
  Order order = Order::channels_first;
  int64_t gap = 0;  // unused values between rows of the output
  std::vector<std::array<float, 4>> table = {{0.5F, 0.25F, -0.125F, 0.75F}};
  int step = 0;
  std::optional<float> none_value = std::nullopt;  // instead of different ones
  int64_t guided_channels = 0;

  int64_t rows() const { return with_none ? 2 * pictures : pictures; }
  int64_t values() const { return channels * tokens; }
  int64_t row_stride() const { return output_channels * tokens + gap; }
  int64_t channel_stride() const { return order == Order::channels_first ? tokens : 1; }
  int64_t token_stride() const { return order == Order::channels_first ? 1 : output_channels; }
  int64_t place(int64_t row, int64_t value) const {
    return row * row_stride() + value / tokens * channel_stride() + value % tokens * token_stride();
  }
  float output_at(int64_t row, int64_t value) const {
    return row >= pictures && none_value ? *none_value : wave(place(row, value), 5);
  }
};

std::vector<int64_t> numbers_of(const Case& c) {
  std::vector<int64_t> pictures;
  for (int64_t b = 0; b < c.pictures; ++b) pictures.push_back(100 + 3 * b);
  return pictures;
}

template <class T>
std::vector<float> stepped(const Case& c) {
  std::vector<float> state(static_cast<size_t>(c.pictures * c.values()));
  for (size_t i = 0; i < state.size(); ++i) state[i] = wave(static_cast<int64_t>(i), 1);
  std::vector<float> output(static_cast<size_t>(c.rows() * c.row_stride()));
  for (int64_t row = 0; row < c.rows(); ++row) {
    for (int64_t i = 0; i < c.values(); ++i) {
      output[static_cast<size_t>(c.place(row, i))] = c.output_at(row, i);
    }
  }
  std::vector<float> table;
  for (const auto& row : c.table) table.insert(table.end(), row.begin(), row.end());

  DeviceArray<float> x(state);
  const DeviceArray<T> out(stored_as<T>(output));
  const DeviceArray<float> coefficients(table);
  const DeviceArray<int> step(std::vector<int>{c.step});
  const DeviceArray<int64_t> pictures(numbers_of(c));
  sampler_step<T>(x.data(),
                  {.values = out.data(),
                   .row_stride = c.row_stride(),
                   .channel_stride = c.channel_stride(),
                   .token_stride = c.token_stride(),
                   .has_none = c.with_none},
                  {.rows = coefficients.data(),
                   .steps = static_cast<int64_t>(c.table.size()),
                   .step = step.data()},
                  {.pictures = pictures.data(), .seed = kSeed, .purpose = Purpose::step_noise},
                  {.pictures = c.pictures,
                   .channels = c.channels,
                   .tokens = c.tokens,
                   .guided_channels = c.guided_channels},
                  nullptr);
  return x.read();
}

template <class T>
void expect_formula(const Case& c) {
  const std::vector<float> actual = stepped<T>(c);
  const auto& row = c.table[static_cast<size_t>(c.step)];
  const std::vector<int64_t> pictures = numbers_of(c);
  for (int64_t b = 0; b < c.pictures; ++b) {
    PhiloxStream noise(kSeed, static_cast<uint64_t>(pictures[static_cast<size_t>(b)]),
                       Purpose::step_noise, static_cast<uint64_t>(c.step));
    for (int64_t i = 0; i < c.values(); ++i) {
      const int64_t at = b * c.values() + i;
      double expected = static_cast<double>(row[0]) * wave(at, 1) +
                        static_cast<double>(row[1]) * as_stored<T>(c.output_at(b, i));
      if (row[2] != 0) {
        const bool guided = c.guided_channels == 0 || i < c.guided_channels * c.tokens;
        expected +=
            static_cast<double>(row[2]) * as_stored<T>(c.output_at(guided ? c.pictures + b : b, i));
      }
      expected += static_cast<double>(row[3]) * noise.next_normal();
      ASSERT_NEAR(actual[static_cast<size_t>(at)], expected, 1e-6) << "picture " << b << ", " << i;
    }
  }
}

TEST(SamplerStep, IsTheFormulaForEveryShape) {
  for (const int64_t tokens : {1, 4, 7, 8, 132}) {
    for (const int64_t channels : {1, 5}) {
      Case c = {.pictures = 3, .channels = channels, .tokens = tokens, .output_channels = channels};
      expect_formula<float>(c);
      expect_formula<Bf16>(c);
    }
  }
}

TEST(SamplerStep, TakesOutputsWithMoreChannelsAndInAnyOrder) {
  for (const Order order : {Order::channels_first, Order::tokens_first}) {
    for (const int64_t gap : {0, 3, 8}) {
      const Case c = {
          .channels = 3, .tokens = 12, .output_channels = 6, .order = order, .gap = gap};
      expect_formula<float>(c);
      expect_formula<Bf16>(c);
    }
  }
}

TEST(SamplerStep, GuidesTheFirstChannelsOnly) {
  for (const int64_t tokens : {1, 7, 8, 132}) {
    for (const int64_t guided : {1, 3, 5}) {
      const Case c = {
          .channels = 5, .tokens = tokens, .output_channels = 5, .guided_channels = guided};
      expect_formula<float>(c);
      expect_formula<Bf16>(c);
    }
  }
}

TEST(SamplerStep, DoesNotReadRowsWithoutClassOfUnguidedChannels) {
  for (const int64_t tokens : {6, 8}) {
    const Case c = {.tokens = tokens, .none_value = kNaN, .guided_channels = 1};
    const std::vector<float> values = stepped<float>(c);
    for (int64_t i = 0; i < c.pictures * c.values(); ++i) {
      const bool guided = i % c.values() < tokens;
      EXPECT_EQ(std::isnan(values[static_cast<size_t>(i)]), guided) << i;
    }
  }
}

TEST(SamplerStep, RefusesMoreGuidedChannelsThanThereAre) {
  EXPECT_THROW(stepped<float>({.channels = 3, .guided_channels = 4}), InputError);
  EXPECT_THROW(stepped<float>({.channels = 3, .guided_channels = -1}), InputError);
}

TEST(SamplerStep, TakesTheRowOfTheCounter) {
  Case c;
  c.table = {{1, 0, 0, 0}, {0.5F, 2, 0.25F, 0.125F}, {1, 0, 0, 1}};
  for (c.step = 0; c.step < 3; ++c.step) expect_formula<float>(c);
}

TEST(SamplerStep, DoesWithoutRowsWithoutClass) {
  Case c;
  c.with_none = false;
  c.table = {{0.5F, 0.25F, 0, 0.75F}};
  expect_formula<float>(c);
  c.tokens = 7;
  expect_formula<float>(c);
}

TEST(SamplerStep, DoesNotReadRowsWithoutClassWhoseCoefficientIsZero) {
  Case c;
  c.none_value = kNaN;
  c.table = {{0.5F, 0.25F, 0, 0.75F}};
  expect_formula<float>(c);
}

TEST(SamplerStep, PassesNaNOn) {
  Case c;
  c.none_value = kNaN;
  for (const float value : stepped<float>(c)) EXPECT_TRUE(std::isnan(value));
}

TEST(SamplerStep, MakesNaNOfAStepThatCannotBeTaken) {
  Case outside;
  for (const int step : {-1, 1}) {
    outside.step = step;
    for (const float value : stepped<float>(outside)) EXPECT_TRUE(std::isnan(value));
  }
  Case absent;
  absent.with_none = false;
  for (const float value : stepped<float>(absent)) EXPECT_TRUE(std::isnan(value));
}

TEST(SamplerStep, OfNothingIsNothing) {
  EXPECT_TRUE(stepped<float>({.pictures = 0}).empty());
  EXPECT_TRUE(stepped<float>({.tokens = 0}).empty());
}

TEST(SamplerStep, RefusesMoreStepsThanACounterHolds) {
  DeviceArray<float> x(1);
  EXPECT_THROW(
      sampler_step<float>(x.data(), {}, {.rows = nullptr, .steps = (1 << 24) + 1, .step = nullptr},
                          {}, {.pictures = 1, .channels = 1, .tokens = 1}, nullptr),
      InputError);
}

TEST(AdvanceStep, AddsOne) {
  DeviceArray<int> step(std::vector<int>{41});
  advance_step(step.data(), nullptr);
  advance_step(step.data(), nullptr);
  EXPECT_EQ(step.read(), std::vector<int>{43});
}

}  // namespace
}  // namespace gpst::cuda
