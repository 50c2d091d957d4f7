#include "cuda/layer_norm_modulate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "tests/cuda/device_array.h"
#include "tests/cuda/storage.h"

namespace gpst::cuda {
namespace {

constexpr float kEps = 1e-6F;

struct Case {
  int64_t pictures = 2, tokens = 3, width = 8;
  int64_t row_stride = 8;  // of shift, scale and gate; 0: one row
  double offset = 0;       // of all values of x
  int64_t shifted = 0;     // by so many values x is not aligned
  float special = 0;       // takes the place of x's value 1 when not 0

  int64_t values() const { return pictures * tokens * width; }
  int64_t modulation_values() const {
    return row_stride == 0 ? width : (pictures - 1) * row_stride + width;
  }
  float x(int64_t i) const {
    return i == 1 && special != 0 ? special : static_cast<float>(offset) + wave(i, 1);
  }
  int64_t row_place(int64_t i) const {  // of value i in shift, scale and gate
    return i / (tokens * width) * row_stride + i % width;
  }
};

struct Expected {
  std::vector<double> sum, norm;
};

// The formula in double from the stored values.
template <class T, class Y>
Expected reference(const Case& c, bool residual) {
  Expected result;
  for (int64_t i = 0; i < c.values(); ++i) {
    const double x = as_stored<T>(c.x(i));
    const double sum = x + static_cast<double>(wave(c.row_place(i), 4)) * as_stored<Y>(wave(i, 5));
    result.sum.push_back(residual ? as_stored<T>(static_cast<float>(sum)) : x);
  }
  for (int64_t row = 0; row < c.pictures * c.tokens; ++row) {
    const double* x = result.sum.data() + row * c.width;
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < c.width; ++i) mean += x[i] / static_cast<double>(c.width);
    for (int64_t i = 0; i < c.width; ++i) {
      variance += (x[i] - mean) * (x[i] - mean) / static_cast<double>(c.width);
    }
    for (int64_t i = 0; i < c.width; ++i) {
      const int64_t place = c.row_place(row * c.width + i);
      result.norm.push_back((x[i] - mean) / std::sqrt(variance + kEps) * (1.0 + wave(place, 3)) +
                            wave(place, 2));
    }
  }
  return result;
}

void expect_near(const std::vector<float>& actual, const std::vector<double>& expected,
                 double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_NEAR(actual[i], expected[i], tolerance * (1 + std::abs(expected[i]))) << "value " << i;
  }
}

template <class T>
constexpr double tolerance_of() {
  return sizeof(T) == 2 ? 1.0 / 256 : 4e-6;
}

struct Results {
  std::vector<float> sum, norm;
};

template <class T, class Y>
Results computed(const Case& c, bool residual) {
  const auto waves = [&](int64_t count, int64_t salt) {
    std::vector<float> made;
    for (int64_t i = 0; i < count; ++i) made.push_back(wave(i, salt));
    return made;
  };
  std::vector<float> x_values(static_cast<size_t>(c.shifted));
  for (int64_t i = 0; i < c.values(); ++i) x_values.push_back(c.x(i));
  const DeviceArray<T> x(stored_as<T>(x_values));
  const DeviceArray<Y> y(stored_as<Y>(waves(c.values(), 5)));
  const DeviceArray<float> shift(waves(c.modulation_values(), 2));
  const DeviceArray<float> scale(waves(c.modulation_values(), 3));
  const DeviceArray<float> gate(waves(c.modulation_values(), 4));
  DeviceArray<T> sum(static_cast<size_t>(c.values()));
  DeviceArray<Y> h(static_cast<size_t>(c.values()));
  const TokenShape shape = {.pictures = c.pictures, .tokens = c.tokens, .width = c.width};
  const auto rows = [&](const DeviceArray<float>& values) {
    return ModulationRows{.values = values.data(), .row_stride = c.row_stride};
  };
  const T* first = x.data() + c.shifted;
  if (!residual) {
    layer_norm_modulate(first, rows(shift), rows(scale), h.data(), shape, kEps, nullptr);
    return {.sum = {}, .norm = as_floats(h.read())};
  }
  gate_residual_norm(first, rows(gate), y.data(), rows(shift), rows(scale), sum.data(), h.data(),
                     shape, kEps, nullptr);
  return {.sum = as_floats(sum.read()), .norm = as_floats(h.read())};
}

template <class T, class Y>
void expect_formula(const Case& c) {
  SCOPED_TRACE(c.width);
  expect_near(computed<T, Y>(c, false).norm, reference<T, Y>(c, false).norm, tolerance_of<Y>());
  const Results both = computed<T, Y>(c, true);
  const Expected expected = reference<T, Y>(c, true);
  expect_near(both.sum, expected.sum, tolerance_of<T>());
  // Values of sum beside a rounding border may be stored as the neighbour.
  expect_near(both.norm, expected.norm, 3 * tolerance_of<Y>());
}

void expect_formula_of_all_types(const Case& c) {
  expect_formula<float, float>(c);
  expect_formula<float, Bf16>(c);
  expect_formula<Bf16, Bf16>(c);
}

TEST(LayerNormModulate, IsTheFormulaForEveryWidth) {
  // Each of the plans: one warp and several, whole vectors and single values.
  for (const int64_t width : {1, 2, 8, 30, 33, 64, 384, 520, 1152, 1288, 2049, 4096}) {
    expect_formula_of_all_types({.width = width, .row_stride = width});
  }
}

TEST(LayerNormModulate, TakesSlicesAndOneRowForAll) {
  expect_formula_of_all_types({.pictures = 3, .width = 24, .row_stride = 6 * 24});
  expect_formula_of_all_types({.pictures = 3, .width = 24, .row_stride = 6 * 24 + 1});
  expect_formula_of_all_types({.pictures = 3, .width = 24, .row_stride = 0});
}

TEST(LayerNormModulate, TakesUnalignedTokens) {
  expect_formula_of_all_types({.width = 64, .row_stride = 64, .shifted = 1});
}

TEST(LayerNormModulate, TakesWholeBlocksOfRows) {
  const Case many = {.pictures = 2, .tokens = 2051, .width = 8, .row_stride = 8};
  expect_formula<float, float>(many);
}

TEST(LayerNormModulate, KeepsItsDigitsFarFromZero) {
  // The sum of squares would lose all of them.
  const Case far = {.width = 256, .row_stride = 256, .offset = 3000};
  expect_near(computed<float, float>(far, false).norm, reference<float, float>(far, false).norm,
              1e-3);
}

TEST(LayerNormModulate, GivesTheShiftForAConstantRow) {
  const Case one = {.width = 1, .row_stride = 1};
  const std::vector<float> norm = computed<float, float>(one, false).norm;
  for (size_t i = 0; i < norm.size(); ++i) {
    EXPECT_EQ(norm[i], wave(one.row_place(static_cast<int64_t>(i)), 2));
  }
}

TEST(LayerNormModulate, SpoilsTheRowOfANaNOnly) {
  for (const float special :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const Case c = {.special = special};
    const std::vector<float> norm = computed<float, float>(c, false).norm;
    for (size_t i = 0; i < norm.size(); ++i) EXPECT_EQ(std::isnan(norm[i]), i < 8) << i;
  }
}

TEST(LayerNormModulate, OfNothingIsNothing) {
  EXPECT_TRUE((computed<float, Bf16>({.pictures = 0, .row_stride = 0}, false).norm.empty()));
  EXPECT_TRUE((computed<float, Bf16>({.tokens = 0}, true).norm.empty()));
}

TEST(LayerNormModulate, RefusesRowsThatDoNotFitItsRegisters) {
  const TokenShape wide = {.pictures = 1, .tokens = 1, .width = kLargestNormWidth + 1};
  EXPECT_THROW(layer_norm_modulate<float>(nullptr, {}, {}, static_cast<float*>(nullptr), wide, kEps,
                                          nullptr),
               InputError);
}

}  // namespace
}  // namespace gpst::cuda
