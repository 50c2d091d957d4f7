#include "cuda/gate_residual.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/cuda/device_array.h"
#include "tests/cuda/storage.h"

namespace gpst::cuda {
namespace {

struct Case {
  int64_t pictures = 2, tokens = 3, width = 8;
  int64_t row_stride = 8;  // of the gate; 0: one row
  int64_t shifted = 0;     // by so many values x is not aligned
};

int64_t values_of(const Case& c) { return c.pictures * c.tokens * c.width; }

std::vector<float> waves(int64_t count, int64_t salt) {
  std::vector<float> made;
  for (int64_t i = 0; i < count; ++i) made.push_back(wave(i, salt));
  return made;
}

template <class T, class Y>
std::vector<float> computed(const Case& c, std::vector<float> y_values) {
  const DeviceArray<T> x(stored_as<T>(waves(values_of(c) + c.shifted, 1)));
  const DeviceArray<Y> y(stored_as<Y>(y_values));
  const DeviceArray<float> gate(waves((c.pictures - 1) * c.row_stride + c.width, 3));
  DeviceArray<T> sum(static_cast<size_t>(values_of(c)));
  gate_residual(x.data() + c.shifted, {.values = gate.data(), .row_stride = c.row_stride}, y.data(),
                sum.data(), {.pictures = c.pictures, .tokens = c.tokens, .width = c.width},
                nullptr);
  return as_floats(sum.read());
}

template <class T, class Y>
void expect_formula(const Case& c) {
  const std::vector<float> actual = computed<T, Y>(c, waves(values_of(c), 2));
  for (int64_t i = 0; i < values_of(c); ++i) {
    const float gate = wave(i / (c.tokens * c.width) * c.row_stride + i % c.width, 3);
    const float x = as_stored<T>(wave(i + c.shifted, 1)), y = as_stored<Y>(wave(i, 2));
    // One rounding, of the exact sum.
    ASSERT_EQ(actual[static_cast<size_t>(i)], as_stored<T>(std::fma(gate, y, x))) << i;
  }
}

void expect_formula_of_all_types(const Case& c) {
  SCOPED_TRACE(c.width);
  expect_formula<float, float>(c);
  expect_formula<float, Bf16>(c);
  expect_formula<Bf16, Bf16>(c);
}

TEST(GateResidual, IsTheFormulaForEveryWidth) {
  for (const int64_t width : {1, 3, 4, 8, 12, 30, 1152}) {
    expect_formula_of_all_types({.pictures = 3, .width = width, .row_stride = width});
  }
}

TEST(GateResidual, TakesSlicesOneRowForAllAndUnalignedTokens) {
  expect_formula_of_all_types({.width = 24, .row_stride = 6 * 24});
  expect_formula_of_all_types({.width = 24, .row_stride = 6 * 24 + 1});
  expect_formula_of_all_types({.pictures = 3, .width = 24, .row_stride = 0});
  expect_formula_of_all_types({.width = 24, .row_stride = 24, .shifted = 1});
}

TEST(GateResidual, PassesNaNOn) {
  const Case c;
  std::vector<float> y = waves(values_of(c), 2);
  y[5] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> sum = computed<float, Bf16>(c, y);
  for (size_t i = 0; i < sum.size(); ++i) EXPECT_EQ(std::isnan(sum[i]), i == 5) << i;
}

TEST(GateResidual, OfNothingIsNothing) {
  EXPECT_TRUE((computed<float, float>({.tokens = 0}, {}).empty()));
}

}  // namespace
}  // namespace gpst::cuda
