#include "ops/roi_align.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using test::check_gradients;
using test::near;
using test::same_bits;
using test::uniform;

// One bilinear sample as the definition says.
double sample(const at::TensorAccessor<double, 2>& plane, double y, double x) {
  const int64_t height = plane.size(0), width = plane.size(1);
  if (y < -1 || y > static_cast<double>(height)) return 0;
  if (x < -1 || x > static_cast<double>(width)) return 0;
  y = std::min(std::max(y, 0.0), static_cast<double>(height - 1));
  x = std::min(std::max(x, 0.0), static_cast<double>(width - 1));
  const auto y0 = static_cast<int64_t>(y), x0 = static_cast<int64_t>(x);
  const int64_t y1 = std::min(y0 + 1, height - 1), x1 = std::min(x0 + 1, width - 1);
  const double fy = y - static_cast<double>(y0), fx = x - static_cast<double>(x0);
  return (1 - fy) * ((1 - fx) * plane[y0][x0] + fx * plane[y0][x1]) +
         fy * ((1 - fx) * plane[y1][x0] + fx * plane[y1][x1]);
}

// RoIAlign sample by sample, in double.
at::Tensor plain_roi_align(const at::Tensor& map_in, const at::Tensor& boxes_in, int64_t rois,
                           int64_t bins) {
  const at::Tensor map = map_in.to(at::kDouble), boxes = boxes_in.to(at::kDouble);
  at::Tensor out = at::zeros({boxes.size(0), map.size(1), bins, bins}, at::kDouble);
  auto result = out.accessor<double, 4>();
  const auto box = boxes.accessor<double, 2>();
  for (int64_t r = 0; r < boxes.size(0); ++r) {
    const double x0 = box[r][0] - 0.5, y0 = box[r][1] - 0.5;
    const double cell_x = (box[r][2] - box[r][0]) / static_cast<double>(bins);
    const double cell_y = (box[r][3] - box[r][1]) / static_cast<double>(bins);
    const int64_t count_x = std::max(0.0, std::ceil(cell_x)),
                  count_y = std::max(0.0, std::ceil(cell_y));
    for (int64_t c = 0; c < map.size(1); ++c) {
      const at::Tensor plane_tensor = map[r / rois][c];
      const auto plane = plane_tensor.accessor<double, 2>();
      for (int64_t cell = 0; cell < bins * bins; ++cell) {
        double total = 0;
        for (int64_t k = 0; k < count_x * count_y; ++k) {
          const double fy = (static_cast<double>(k / count_x) + 0.5) / static_cast<double>(count_y);
          const double fx = (static_cast<double>(k % count_x) + 0.5) / static_cast<double>(count_x);
          total += sample(plane, y0 + (static_cast<double>(cell / bins) + fy) * cell_y,
                          x0 + (static_cast<double>(cell % bins) + fx) * cell_x);
        }
        result[r][c][cell / bins][cell % bins] =
            total / static_cast<double>(std::max<int64_t>(1, count_x * count_y));
      }
    }
  }
  return out;
}

// Inside, across each border, far outside, and larger than the map.
at::Tensor some_boxes() {
  return at::tensor({0.0, 0.0,  7.0, 5.0,  3.2,  1.7,  19.9, 12.1, -4.0, -3.5, 6.0,
                     4.0, 15.0, 9.0, 30.0, 22.0, 50.0, 60.,  70.0, 80.0, -9.0, -7.0,
                     40., 31.0, 2.0, 2.0,  2.0,  9.0,  5.0,  6.0,  4.0,  3.0},
                    at::kDouble)
      .view({8, 4});
}

TEST(RoiAlign, AgreesWithSamplingOneByOne) {
  const at::Tensor map = uniform({2, 3, 14, 21}, 1, -1, 1);
  for (int64_t bins : {1, 2, 7, 8}) {
    const at::Tensor expected = plain_roi_align(map, some_boxes(), 4, bins);
    EXPECT_TRUE(near(roi_align(map, some_boxes(), 4, bins), expected, 1e-13)) << bins;
    EXPECT_TRUE(
        near(roi_align(map.to(at::kFloat), some_boxes().to(at::kFloat), 4, bins), expected, 5e-6))
        << bins;
  }
}

TEST(RoiAlign, OfAMapOfOnePixel) {
  const at::Tensor map = at::full({1, 1, 1, 1}, 2.0, at::kDouble);
  const at::Tensor boxes = at::tensor({-3.0, -3.0, 4.0, 4.0}, at::kDouble).view({1, 4});
  EXPECT_TRUE(near(roi_align(map, boxes, 1, 4), plain_roi_align(map, boxes, 1, 4), 1e-13));
}

TEST(RoiAlign, OfAnEmptyBoxIsZero) {
  const at::Tensor map = at::ones({1, 2, 9, 9});
  const at::Tensor boxes =
      at::tensor({4.0F, 4.0F, 4.0F, 8.0F, 6.0F, 2.0F, 3.0F, 5.0F}).view({2, 4});
  EXPECT_TRUE(roi_align(map, boxes, 2, 8).equal(at::zeros({2, 2, 8, 8})));
}

TEST(RoiAlign, OfAConstantMapIsConstantInside) {
  const at::Tensor map = at::full({1, 1, 40, 40}, 3.0);
  const at::Tensor box = at::tensor({2.3F, 5.1F, 33.0F, 38.9F}).view({1, 4});
  EXPECT_TRUE(near(roi_align(map, box, 1, 8), at::full({1, 1, 8, 8}, 3.0), 1e-6));
}

TEST(RoiAlign, AgreesWithNumericGradients) {
  for (int64_t bins : {3, 8}) {
    check_gradients([&](const auto& in) { return roi_align(in[0], some_boxes(), 4, bins); },
                    {uniform({2, 2, 14, 21}, 1, -1, 1)}, 1e-4, 1e-9);
  }
}

TEST(RoiAlign, TakesAnyLayoutAndKeepsBitsAcrossThreads) {
  const at::Tensor map = uniform({2, 9, 14, 21}, 1, -1, 1, at::kFloat);
  const at::Tensor boxes = some_boxes().to(at::kFloat);
  const at::Tensor expected = roi_align(map, boxes, 4, 8);
  EXPECT_TRUE(
      same_bits(roi_align(map.contiguous(at::MemoryFormat::ChannelsLast), boxes, 4, 8), expected));
  const int threads = at::get_num_threads();
  at::set_num_threads(3);
  EXPECT_TRUE(same_bits(roi_align(map, boxes, 4, 8), expected));
  at::set_num_threads(threads);
  EXPECT_TRUE(same_bits(roi_align(map.narrow(0, 1, 1), boxes.narrow(0, 4, 4), 4, 8),
                        expected.narrow(0, 4, 4)));
}

TEST(RoiAlign, GivesBoxesNoGradientAndRefusesASecondDerivative) {
  const at::Tensor map = uniform({1, 1, 9, 9}, 1, -1, 1).requires_grad_();
  const at::Tensor boxes = some_boxes().narrow(0, 0, 2).clone().requires_grad_();
  roi_align(map, boxes, 2, 4).square().sum().backward({}, std::nullopt, /*create_graph=*/true);
  EXPECT_FALSE(boxes.grad().defined());
  const at::Tensor grad = map.grad();
  map.mutable_grad() = at::Tensor();
  EXPECT_NE(message_of<Error>([&] { grad.sum().backward(); }).find("roi_align"), std::string::npos);
}

TEST(RoiAlign, KnowsTheShapeWithoutData) {
  const auto meta = at::TensorOptions().device(at::kMeta);
  const at::Tensor map = at::empty({2, 5, 9, 9}, meta).requires_grad_();
  const at::Tensor out = roi_align(map, at::empty({6, 4}, meta), 3, 8);
  EXPECT_EQ(out.sizes(), (std::vector<int64_t>{6, 5, 8, 8}));
  out.sum().backward();
  EXPECT_EQ(map.grad().sizes(), map.sizes());
}

TEST(RoiAlignErrors, NameTheSizes) {
  const at::Tensor map = at::zeros({2, 3, 9, 9}), boxes = at::zeros({6, 4});
  const auto message = [](const at::Tensor& m, const at::Tensor& b, int64_t rois, int64_t bins) {
    return message_of<InputError>([&] { roi_align(m, b, rois, bins); });
  };
  EXPECT_NE(message(map[0], boxes, 3, 8).find("[3, 9, 9]"), std::string::npos);
  EXPECT_NE(message(map, at::zeros({6, 5}), 3, 8).find("[6, 5]"), std::string::npos);
  EXPECT_NE(message(map, boxes, 4, 8).find("6 boxes"), std::string::npos);
  EXPECT_NE(message(map, boxes, 3, 0).find("bins"), std::string::npos);
  EXPECT_NE(message(map.to(at::kInt), boxes, 3, 8).find("Int"), std::string::npos);
  at::Tensor broken = boxes.clone();
  broken[4][2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(message(map, broken, 3, 8).find("box 4"), std::string::npos);
  broken[4][2] = 1e9F;
  EXPECT_NE(message(map, broken, 3, 8).find("box 4"), std::string::npos);
}

}  // namespace
}  // namespace gpst
