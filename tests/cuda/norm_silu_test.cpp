#include "cuda/norm_silu.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "tests/cuda/device_array.h"
#include "tests/cuda/expect_near.h"
#include "tests/cuda/norm_reference.h"
#include "tests/cuda/storage.h"

namespace gpst::cuda {
namespace {

struct Case {
  NormShape shape;
  std::vector<float> x = {}, weight = {}, bias = {}, grad = {};
  size_t shifted = 0;  // by so many values the maps lie off an aligned address
};

Case case_of(const NormShape& shape, double offset = 0) {
  Case c{.shape = shape};
  const int64_t values = shape.pictures * shape.pixels() * shape.channels;
  for (int64_t i = 0; i < values; ++i) {
    c.x.push_back(static_cast<float>(2 * wave(i * i % 10007, 1) + offset));
    c.grad.push_back(wave(i * i % 10009, 2));
  }
  for (int64_t i = 0; i < shape.channels; ++i) {
    c.weight.push_back(1 + 0.5F * wave(i, 3));
    c.bias.push_back(wave(i, 4));
  }
  return c;
}

NormShape group_shape(int64_t channels, int64_t groups, int64_t height = 9, int64_t width = 7) {
  return {.pictures = 2,
          .channels = channels,
          .groups = groups,
          .height = height,
          .width = width,
          .tiles = 1,
          .eps = 1e-3,
          .kind = NormKind::group,
          .activation = Activation::silu};
}

NormShape tile_shape(int64_t channels, int64_t groups, int64_t tiles) {
  return {.pictures = 2,
          .channels = channels,
          .groups = groups,
          .height = 12,
          .width = 24,
          .tiles = tiles,
          .eps = 1e-2,
          .kind = NormKind::tile,
          .activation = Activation::silu};
}

template <class T>
DeviceArray<T> placed(const Case& c, std::vector<float> values) {
  values.insert(values.begin(), c.shifted, 0.0F);
  return DeviceArray<T>(stored_as<T>(values));
}

template <class T>
std::vector<double> statistics_of(const Case& c, const T* x) {
  DeviceArray<float> scratch(static_cast<size_t>(norm_scratch<T>(c.shape)));
  DeviceArray<double> statistics(
      static_cast<size_t>(c.shape.pictures * c.shape.groups * c.shape.grid() * 2));
  norm_statistics(c.shape, x, scratch.data(), statistics.data(), nullptr);
  return statistics.read();
}

struct Computed {
  std::vector<double> statistics;
  std::vector<float> y, grad_x, grad_weight, grad_bias;
};

template <class T>
Computed forward(const Case& c) {
  const DeviceArray<T> x = placed<T>(c, c.x);
  const DeviceArray<float> weight(c.weight), bias(c.bias);
  Computed result;
  result.statistics = statistics_of(c, static_cast<const T*>(x.data()) + c.shifted);
  const DeviceArray<double> statistics(result.statistics);
  DeviceArray<T> y(c.x.size() + c.shifted);
  norm_silu<T>(c.shape, x.data() + c.shifted, weight.data(), bias.data(), statistics.data(),
               y.data() + c.shifted, nullptr);
  result.y = as_floats(y.read());
  result.y.erase(result.y.begin(), result.y.begin() + static_cast<int64_t>(c.shifted));
  return result;
}

Computed backward(const Case& c) {
  Computed result = forward<float>(c);
  const DeviceArray<float> x = placed<float>(c, c.x), grad = placed<float>(c, c.grad);
  const DeviceArray<float> weight(c.weight), bias(c.bias);
  const DeviceArray<double> statistics(result.statistics);
  DeviceArray<float> scratch(static_cast<size_t>(norm_backward_scratch(c.shape)));
  DeviceArray<float> grad_x(c.x.size() + c.shifted), grad_weight(c.weight.size()),
      grad_bias(c.bias.size());
  norm_silu_backward(c.shape, grad.data() + c.shifted, x.data() + c.shifted, weight.data(),
                     bias.data(), statistics.data(), scratch.data(),
                     {grad_x.data() + c.shifted, grad_weight.data(), grad_bias.data()}, nullptr);
  result.grad_x = grad_x.read();
  result.grad_x.erase(result.grad_x.begin(),
                      result.grad_x.begin() + static_cast<int64_t>(c.shifted));
  result.grad_weight = grad_weight.read();
  result.grad_bias = grad_bias.read();
  return result;
}

// Of the largest value; a GPU's exponential and reciprocal are approximate to about 3e-7.
constexpr double kForward = 3e-6, kBackward = 1e-5;

void expect_forward(const Case& c) {
  const PlainNorm wanted = plain_norm(c.shape, c.x, c.weight, c.bias);
  const Computed found = forward<float>(c);
  EXPECT_TRUE(all_near(found.statistics, wanted.statistics, 1e-6));
  EXPECT_TRUE(all_near(found.y, wanted.y, kForward));
}

// The result is that of the stored values, rounded once.
void expect_bf16(const Case& c) {
  std::vector<float> stored;
  for (const float value : c.x) stored.push_back(as_stored<Bf16>(value));
  const PlainNorm wanted = plain_norm(c.shape, stored, c.weight, c.bias);
  const Computed found = forward<Bf16>(c);
  EXPECT_TRUE(all_near(found.statistics, wanted.statistics, 1e-6));
  EXPECT_TRUE(all_near(found.y, wanted.y, 1.0 / 256));
}

void expect_backward(const Case& c) {
  const PlainNorm wanted = plain_norm(c.shape, c.x, c.weight, c.bias, c.grad);
  const Computed found = backward(c);
  EXPECT_TRUE(all_near(found.grad_x, wanted.grad_x, kBackward));
  EXPECT_TRUE(all_near(found.grad_weight, wanted.grad_weight, kBackward));
  EXPECT_TRUE(all_near(found.grad_bias, wanted.grad_bias, kBackward));
}

const NormShape kGroupShapes[] = {
    group_shape(1, 1),        group_shape(12, 3),       group_shape(12, 4), group_shape(12, 12),
    group_shape(33, 3, 1, 5), group_shape(48, 16),      group_shape(64, 8), group_shape(128, 32),
    group_shape(8, 2, 1, 1),  group_shape(300, 4, 3, 3)};

TEST(NormSiluKernel, GroupNormAgreesWithPlainSums) {
  for (NormShape shape : kGroupShapes) {
    SCOPED_TRACE(shape.channels);
    expect_forward(case_of(shape));
    expect_bf16(case_of(shape));
    shape.activation = Activation::none;
    shape.kind = NormKind::tile;
    expect_forward(case_of(shape));
  }
}

TEST(NormSiluKernel, GroupNormBackwardAgreesWithPlainSums) {
  for (NormShape shape : kGroupShapes) {
    SCOPED_TRACE(shape.channels);
    expect_backward(case_of(shape));
    shape.activation = Activation::none;
    shape.kind = NormKind::tile;
    expect_backward(case_of(shape));
  }
}

TEST(NormSiluKernel, TakesAllChannelCounts) {
  for (int64_t channels = 1; channels <= 33; ++channels) {
    SCOPED_TRACE(channels);
    const Case c = case_of(group_shape(channels, channels % 3 == 0 ? 3 : 1, 5, 3));
    expect_forward(c);
    expect_bf16(c);
    expect_backward(c);
  }
}

TEST(NormSiluKernel, TileNormAgreesWithPlainSums) {
  for (const int64_t tiles : {2, 3, 4, 6}) {
    for (const auto& [channels, groups] : {std::pair<int64_t, int64_t>{16, 4}, {12, 4}, {9, 9}}) {
      SCOPED_TRACE(::testing::Message() << tiles << " tiles, " << channels << " channels");
      expect_forward(case_of(tile_shape(channels, groups, tiles)));
      expect_bf16(case_of(tile_shape(channels, groups, tiles)));
    }
  }
  expect_bf16(case_of(tile_shape(128, 32, 2)));
  expect_bf16(case_of(tile_shape(24, 8, 2)));  // a group of 3 channels within 8 neighbours
}

TEST(NormSiluKernel, TileNormBackwardAgreesWithPlainSums) {
  for (const int64_t tiles : {2, 3, 4, 6}) {
    SCOPED_TRACE(tiles);
    expect_backward(case_of(tile_shape(12, 4, tiles)));
  }
  NormShape wide = tile_shape(4, 1, 2);
  wide.width = 70;
  wide.activation = Activation::none;
  expect_backward(case_of(wide));
}

TEST(NormSiluKernel, ManyChunksAndBlocksOfChannels) {
  expect_forward(case_of(group_shape(16, 4, 50, 41)));
  expect_backward(case_of(group_shape(16, 4, 50, 41)));
  NormShape many = group_shape(1040, 26, 3, 2);
  many.pictures = 1;
  expect_forward(case_of(many));
  expect_backward(case_of(many));
  many.kind = NormKind::tile;
  many.width = 4;
  many.height = 2;
  many.tiles = 2;
  expect_forward(case_of(many));
}

TEST(NormSiluKernel, KeepsItsDigitsUnderALargeMean) {
  const Case c = case_of(group_shape(8, 2, 32, 32), 3000);
  const PlainNorm wanted = plain_norm(c.shape, c.x, c.weight, c.bias);
  const Computed found = forward<float>(c);
  constexpr double kStep = 2.4e-4;  // of a float at 3000
  for (size_t i = 0; i < wanted.statistics.size(); i += 2) {
    EXPECT_NEAR(found.statistics[i], wanted.statistics[i], kStep / 2);
    EXPECT_NEAR(found.statistics[i + 1] / wanted.statistics[i + 1], 1, 1e-5);
  }
  EXPECT_TRUE(all_near(found.y, wanted.y, kStep));
}

TEST(NormSiluKernel, OfAConstantGroupIsTheBias) {
  for (const int64_t tiles : {1, 3}) {
    Case c = case_of(tile_shape(8, 2, tiles));
    c.shape.activation = Activation::none;
    c.shape.eps = 1e-6;
    for (float& value : c.x) value = 0.1F;
    const Computed found = backward(c);
    for (size_t i = 0; i < found.statistics.size(); i += 2) {
      EXPECT_EQ(found.statistics[i], static_cast<double>(0.1F));
      EXPECT_EQ(found.statistics[i + 1], 0);
    }
    for (size_t i = 0; i < found.y.size(); ++i) {
      EXPECT_NEAR(found.y[i], c.bias[i % 8], tiles == 1 ? 0 : 0.2);  // 1e-8 / eps
      EXPECT_TRUE(std::isfinite(found.grad_x[i]));
    }
  }
}

TEST(NormSiluKernel, SiluHoldsForLargeArguments) {
  Case c = case_of(group_shape(1, 1, 1, 2));
  c.x = {-1, 1, -1, 1};
  c.weight = {1e4F};
  c.bias = {0};
  const std::vector<float> y = forward<float>(c).y;
  EXPECT_NEAR(y[0], 0, 1e-3);
  EXPECT_NEAR(y[1] / 1e4, 1, 1e-3);
}

TEST(NormSiluKernel, ANaNFillsItsGroupOnly) {
  for (const int64_t tiles : {1, 2}) {
    Case c = case_of(tile_shape(8, 2, tiles));
    c.x[8 * 30 + 5] = std::numeric_limits<float>::quiet_NaN();
    const Computed found = forward<float>(c);
    for (size_t i = 0; i < found.y.size(); ++i) {
      EXPECT_EQ(std::isnan(found.y[i]), i < found.y.size() / 2 && i % 8 >= 4) << i;
    }
  }
}

TEST(NormSiluKernel, RepeatsToTheBitWhateverTheBatch) {
  for (const NormShape& shape : {group_shape(16, 4, 30, 31), tile_shape(16, 4, 2)}) {
    const Case c = case_of(shape);
    const Computed first = backward(c), second = backward(c);
    EXPECT_TRUE(same_bits(first.y, second.y));
    EXPECT_TRUE(same_bits(first.grad_x, second.grad_x));
    EXPECT_TRUE(same_bits(first.grad_weight, second.grad_weight));
    Case one = c;
    one.shape.pictures = 1;
    const auto half = static_cast<int64_t>(c.x.size() / 2);
    one.x.erase(one.x.begin(), one.x.begin() + half);
    one.grad.erase(one.grad.begin(), one.grad.begin() + half);
    const Computed alone = backward(one);
    EXPECT_TRUE(same_bits(alone.y, std::vector<float>(first.y.begin() + half, first.y.end())));
    EXPECT_TRUE(same_bits(alone.grad_x,
                          std::vector<float>(first.grad_x.begin() + half, first.grad_x.end())));
  }
}

TEST(NormSiluKernel, TakesMapsThatAreNotAligned) {
  for (const NormShape& shape : {group_shape(16, 4), tile_shape(16, 4, 2)}) {
    Case c = case_of(shape);
    c.shifted = 1;
    expect_forward(c);
    expect_bf16(c);
    expect_backward(c);
  }
}

TEST(NormSiluKernel, RefusesWhatItCannotIndexAndDoesNothingForNothing) {
  NormShape shape = group_shape(8, 3);
  EXPECT_THROW(norm_statistics<float>(shape, nullptr, nullptr, nullptr, nullptr), InputError);
  shape = group_shape(8, 2, int64_t{1} << 20, int64_t{1} << 20);
  EXPECT_THROW(norm_silu<float>(shape, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr),
               InputError);
  EXPECT_THROW(
      norm_silu_backward(shape, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, {}, nullptr),
      InputError);
  shape = group_shape(8, 2);
  shape.pictures = 0;
  EXPECT_NO_THROW(norm_statistics<Bf16>(shape, nullptr, nullptr, nullptr, nullptr));
  EXPECT_NO_THROW(norm_silu<Bf16>(shape, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr));
}

}  // namespace
}  // namespace gpst::cuda
