#include "cuda/roi_bins.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "tests/cuda/device_array.h"
#include "tests/cuda/expect_near.h"
#include "tests/cuda/roi_reference.h"
#include "tests/cuda/storage.h"

namespace gpst::cuda {
namespace {

struct Case {
  RoiShape shape;
  int64_t mixtures = 3;
  std::vector<float> boxes = some_boxes();
  std::vector<float> map = {}, mix = {};
};

Case case_of(int64_t channels, int64_t bins, int64_t mixtures) {
  Case c{.shape = {.pictures = 2,
                   .boxes = kSomeBoxes / 2,
                   .channels = channels,
                   .height = 14,
                   .width = 21,
                   .bins = bins},
         .mixtures = mixtures};
  for (int64_t i = 0; i < 2 * 14 * 21 * channels; ++i) c.map.push_back(wave(i, 1));
  for (int64_t i = 0; i < mixtures * bins * bins; ++i) c.mix.push_back(wave(i, 2));
  return c;
}

template <class T>
std::vector<float> computed(const Case& c, size_t shifted = 0) {
  std::vector<float> map = c.map;
  map.insert(map.begin(), shifted, 0.0F);
  const DeviceArray<T> there(stored_as<T>(map));
  const DeviceArray<float> boxes(c.boxes), mix(c.mix);
  DeviceArray<int32_t> plan(static_cast<size_t>(c.shape.rois() * roi_plan_words(c.shape)));
  plan_rois(c.shape, boxes.data(), plan.data(), nullptr);
  DeviceArray<T> out(static_cast<size_t>(c.mixtures * c.shape.rois() * c.shape.channels));
  roi_bins<T>(c.shape, c.mixtures, there.data() + shifted, plan.data(), mix.data(), out.data(),
              nullptr);
  return as_floats(out.read());
}

// [n, B*l, C]
template <class T>
std::vector<double> expected(const Case& c) {
  std::vector<float> map;
  for (const float value : c.map) map.push_back(as_stored<T>(value));
  const std::vector<double> bins = plain_roi_align(c.shape, c.boxes, map);  // [B*l, r*r, C]
  const int64_t channels = c.shape.channels, cells = c.shape.cells();
  std::vector<double> out;
  for (int64_t m = 0; m < c.mixtures; ++m) {
    for (int64_t i = 0; i < c.shape.rois() * channels; ++i) {
      double sum = 0;
      for (int64_t k = 0; k < cells; ++k) {
        sum += c.mix[static_cast<size_t>(m * cells + k)] *
               bins[static_cast<size_t>((i / channels * cells + k) * channels + i % channels)];
      }
      out.push_back(sum);
    }
  }
  return out;
}

constexpr double kTolerance = 1e-5;      // positions are float, see roi_align_test.cpp
constexpr double kHalfStep = 1.0 / 256;  // rounding to bfloat16, half of the last place

TEST(RoiBinsKernel, AgreesWithPlainSums) {
  for (const int64_t bins : {1, 2, 3, 4, 5, 6, 7, 8, 16}) {
    for (const int64_t channels : {1, 7, 24}) {
      const Case c = case_of(channels, bins, 3);
      EXPECT_TRUE(all_near(computed<float>(c), expected<float>(c), kTolerance))
          << bins << " bins, " << channels << " channels";
      EXPECT_TRUE(all_near(computed<Bf16>(c), expected<Bf16>(c), kHalfStep))
          << bins << " bins, " << channels << " channels";
    }
  }
}

TEST(RoiBinsKernel, TakesAllChannelCountsAndManyMixtures) {
  for (int64_t channels = 1; channels <= 33; ++channels) {
    const Case c = case_of(channels, 2, 4);
    EXPECT_TRUE(all_near(computed<float>(c), expected<float>(c), kTolerance)) << channels;
  }
  const Case wide = case_of(128, 3, 70);  // more mixtures than a block takes at once
  EXPECT_TRUE(all_near(computed<float>(wide), expected<float>(wide), kTolerance));
  EXPECT_TRUE(all_near(computed<Bf16>(wide), expected<Bf16>(wide), kHalfStep));
}

TEST(RoiBinsKernel, AlignmentDoesNotChangeTheBits) {
  const Case c = case_of(40, 8, 3);
  EXPECT_TRUE(same_bits(computed<float>(c, 1), computed<float>(c)));
  EXPECT_TRUE(same_bits(computed<Bf16>(c, 1), computed<Bf16>(c)));
}

TEST(RoiBinsKernel, ShowsNaNs) {
  Case c = case_of(4, 4, 3);
  c.map[(3 * 21 + 5) * 4 + 2] = std::numeric_limits<float>::quiet_NaN();
  c.mix[1] = 0;  // 0 times NaN is NaN
  const std::vector<double> wanted = expected<float>(c);
  EXPECT_TRUE(std::any_of(wanted.begin(), wanted.end(), [](double v) { return v != v; }));
  EXPECT_TRUE(all_near(computed<float>(c), wanted, kTolerance));
  c.boxes[4 * 3] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> out = computed<float>(c);
  for (size_t i = 0; i < 4; ++i) EXPECT_TRUE(std::isnan(out[3 * 4 + i]));
  EXPECT_FALSE(std::isnan(out[0]));
}

TEST(RoiBinsKernel, RefusesWhatItCannotIndexAndDoesNothingForNothing) {
  Case c = case_of(4, 2, 3);
  c.shape.bins = 17;
  EXPECT_THROW(roi_bins<float>(c.shape, 3, nullptr, nullptr, nullptr, nullptr, nullptr),
               InputError);
  c.shape.bins = 2;
  EXPECT_THROW(
      roi_bins<float>(c.shape, int64_t{1} << 40, nullptr, nullptr, nullptr, nullptr, nullptr),
      InputError);
  EXPECT_NO_THROW(roi_bins<Bf16>(c.shape, 0, nullptr, nullptr, nullptr, nullptr, nullptr));
}

}  // namespace
}  // namespace gpst::cuda
