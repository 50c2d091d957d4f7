#include "cuda/roi_align.h"

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

// Positions are float: near the far border of the map they are rounded to 2e-6 of a pixel.
constexpr double kTolerance = 5e-6;

std::vector<float> waves(int64_t count, int64_t salt) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(wave(i, salt));
  return values;
}

RoiShape shape_of(int64_t channels, int64_t bins) {
  return {.pictures = 2,
          .boxes = kSomeBoxes / 2,
          .channels = channels,
          .height = 14,
          .width = 21,
          .bins = bins};
}

DeviceArray<int32_t> plan_of(const RoiShape& shape, const std::vector<float>& boxes) {
  const DeviceArray<float> there(boxes);
  DeviceArray<int32_t> plan(static_cast<size_t>(shape.rois() * roi_plan_words(shape)));
  plan_rois(shape, there.data(), plan.data(), nullptr);
  return plan;
}

// [B*l, C, r*r] -> [B*l, r*r, C]
std::vector<float> channels_last(const RoiShape& s, const std::vector<float>& out) {
  std::vector<float> result(out.size());
  for (size_t i = 0; i < out.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    const int64_t roi = at / (s.channels * s.cells()), c = at / s.cells() % s.channels;
    result[static_cast<size_t>((roi * s.cells() + at % s.cells()) * s.channels + c)] = out[i];
  }
  return result;
}

// `shifted`: by so many values the map lies off an aligned address.
std::vector<float> forward(const RoiShape& shape, const std::vector<float>& boxes,
                           std::vector<float> map, size_t shifted = 0) {
  map.insert(map.begin(), shifted, 0.0F);
  const DeviceArray<float> there(map);
  const DeviceArray<int32_t> plan = plan_of(shape, boxes);
  DeviceArray<float> out(static_cast<size_t>(shape.rois() * shape.channels * shape.cells()));
  roi_align(shape, there.data() + shifted, plan.data(), out.data(), nullptr);
  return channels_last(shape, out.read());
}

std::vector<float> backward(const RoiShape& shape, const std::vector<float>& boxes,
                            const std::vector<float>& grad) {
  const DeviceArray<float> there(grad);
  const DeviceArray<int32_t> plan = plan_of(shape, boxes);
  DeviceArray<float> out(
      static_cast<size_t>(shape.pictures * shape.height * shape.width * shape.channels));
  roi_align_backward(shape, there.data(), plan.data(), out.data(), nullptr);
  return out.read();
}

std::vector<float> some_map(const RoiShape& s) {
  return waves(s.pictures * s.height * s.width * s.channels, 1);
}
std::vector<float> some_grad(const RoiShape& s) {
  return waves(s.rois() * s.cells() * s.channels, 2);
}

void expect_both_ways(const RoiShape& shape) {
  EXPECT_TRUE(all_near(forward(shape, some_boxes(), some_map(shape)),
                       plain_roi_align(shape, some_boxes(), some_map(shape)), kTolerance))
      << shape.bins << " bins, " << shape.channels << " channels";
  EXPECT_TRUE(all_near(backward(shape, some_boxes(), some_grad(shape)),
                       plain_roi_align_backward(shape, some_boxes(), some_grad(shape)), kTolerance))
      << shape.bins << " bins, " << shape.channels << " channels";
}

TEST(RoiAlignKernel, AgreesWithPlainSums) {
  for (const int64_t bins : {1, 2, 3, 4, 5, 6, 7, 8, 16}) {
    for (const int64_t channels : {1, 4, 7}) expect_both_ways(shape_of(channels, bins));
  }
}

TEST(RoiAlignKernel, TakesAllChannelCounts) {
  for (int64_t channels = 1; channels <= 33; ++channels) {
    RoiShape shape = shape_of(channels, 2);
    shape.height = 9;
    shape.width = 8;
    expect_both_ways(shape);
  }
  for (const int64_t channels : {129, 132}) {  // a second block of channels
    expect_both_ways(shape_of(channels, 2));
  }
}

TEST(RoiAlignKernel, FindsItsBoxesAmongMany) {
  RoiShape shape = shape_of(4, 2);
  shape.boxes = 70;
  std::vector<float> boxes;
  for (int64_t i = 0; i < shape.rois(); ++i) {
    const float x = 10 + 11 * wave(i, 7), y = 7 + 8 * wave(i, 8);
    boxes.insert(boxes.end(), {x, y, x + 4.3F, y + 3.1F});
  }
  EXPECT_TRUE(all_near(backward(shape, boxes, some_grad(shape)),
                       plain_roi_align_backward(shape, boxes, some_grad(shape)), kTolerance));
}

TEST(RoiAlignKernel, AlignmentDoesNotChangeTheBits) {
  const RoiShape shape = shape_of(36, 8);
  const std::vector<float> aligned = forward(shape, some_boxes(), some_map(shape));
  EXPECT_TRUE(same_bits(forward(shape, some_boxes(), some_map(shape), 1), aligned));
  EXPECT_TRUE(same_bits(forward(shape, some_boxes(), some_map(shape)), aligned));
  EXPECT_TRUE(same_bits(backward(shape, some_boxes(), some_grad(shape)),
                        backward(shape, some_boxes(), some_grad(shape))));
}

TEST(RoiAlignKernel, OfAMapOfOnePixel) {
  const RoiShape shape{
      .pictures = 1, .boxes = 1, .channels = 1, .height = 1, .width = 1, .bins = 4};
  const std::vector<float> box = {-3, -3, 4, 4};
  EXPECT_TRUE(all_near(forward(shape, box, {2}), plain_roi_align(shape, box, {2}), 1e-6));
}

TEST(RoiAlignKernel, ShowsANaNInTheBinsThatReachIt) {
  const RoiShape shape = shape_of(4, 8);
  std::vector<float> map = some_map(shape);
  for (const size_t pixel : {size_t{3 * 21 + 5}, size_t{14 * 21 + 20}}) {
    map[pixel * 4 + 2] = std::numeric_limits<float>::quiet_NaN();
  }
  const std::vector<double> expected = plain_roi_align(shape, some_boxes(), map);
  EXPECT_TRUE(std::any_of(expected.begin(), expected.end(), [](double v) { return v != v; }));
  EXPECT_TRUE(all_near(forward(shape, some_boxes(), map), expected, kTolerance));
  std::vector<float> grad = some_grad(shape);
  grad[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(all_near(backward(shape, some_boxes(), grad),
                       plain_roi_align_backward(shape, some_boxes(), grad), kTolerance));
}

TEST(RoiAlignKernel, UnusableBoxesAreNaNAndTouchNoOther) {
  const RoiShape shape = shape_of(4, 4);
  std::vector<float> boxes = some_boxes();
  boxes[4 * 1] = std::numeric_limits<float>::quiet_NaN();
  boxes[4 * 5 + 2] = std::numeric_limits<float>::infinity();
  boxes[4 * 7 + 3] = 1e9F;  // more samples than any picture needs
  const std::vector<float> out = forward(shape, boxes, some_map(shape));
  const std::vector<double> usual = plain_roi_align(shape, some_boxes(), some_map(shape));
  const size_t box = static_cast<size_t>(shape.cells() * shape.channels);
  std::vector<float> grad = some_grad(shape);
  for (size_t i = 0; i < out.size(); ++i) {
    const bool unusable = i / box == 1 || i / box == 5 || i / box == 7;
    EXPECT_EQ(std::isnan(out[i]), unusable) << i;
    if (unusable) {
      grad[i] = 0;
    } else {
      EXPECT_NEAR(out[i], usual[i], kTolerance) << i;
    }
  }
  EXPECT_TRUE(all_near(backward(shape, boxes, some_grad(shape)),
                       plain_roi_align_backward(shape, some_boxes(), grad), kTolerance));
}

TEST(RoiAlignKernel, RefusesWhatItCannotIndexAndDoesNothingForNothing) {
  EXPECT_THROW(plan_rois(shape_of(4, 17), nullptr, nullptr, nullptr), InputError);
  EXPECT_THROW(roi_align(shape_of(4, 0), nullptr, nullptr, nullptr, nullptr), InputError);
  RoiShape huge = shape_of(int64_t{1} << 24, 8);
  EXPECT_THROW(roi_align_backward(huge, nullptr, nullptr, nullptr, nullptr), InputError);
  RoiShape nothing = shape_of(4, 8);
  nothing.pictures = 0;
  EXPECT_NO_THROW(plan_rois(nothing, nullptr, nullptr, nullptr));
  EXPECT_NO_THROW(roi_align(nothing, nullptr, nullptr, nullptr, nullptr));
  EXPECT_NO_THROW(roi_align_backward(nothing, nullptr, nullptr, nullptr, nullptr));
}

}  // namespace
}  // namespace gpst::cuda
