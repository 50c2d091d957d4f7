#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/library.h>

#include <cmath>
#include <vector>

#include "ops/check.h"
#include "ops/cpu/roi_kernel.h"
#include "ops/cpu/roi_plan.h"
#include "ops/roi_align_ops.h"

namespace gpst::ops {
namespace {

// No picture needs more, and a box gone astray must not keep the machine busy for hours.
constexpr int64_t kMaxSamples = 4096;

struct MapShape {
  int64_t channels, height, width, bins;
  int64_t plane() const { return height * width; }
  int64_t cells() const { return bins * bins; }
};

template <class T>
struct BoxPlan {
  cpu::RoiAxisPlan<T> x, y;
};

template <class Coordinate>
void check_box(int64_t index, const Coordinate* box, int64_t bins) {
  for (int k = 0; k < 4; ++k) {
    if (!std::isfinite(box[k])) {
      refuse("roi_align", fmt::format("box {} is not finite: [{}, {}, {}, {}]", index, box[0],
                                      box[1], box[2], box[3]));
    }
  }
  const Coordinate limit = static_cast<Coordinate>(kMaxSamples * bins);
  if (box[2] - box[0] > limit || box[3] - box[1] > limit) {
    refuse("roi_align", fmt::format("box {} is {} x {} pixels; at most {} are possible", index,
                                    box[2] - box[0], box[3] - box[1], limit));
  }
}

template <class T, class Coordinate>
std::vector<BoxPlan<T>> plan_boxes(const Coordinate* boxes, int64_t count, const MapShape& shape) {
  std::vector<BoxPlan<T>> plans;
  plans.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    const Coordinate* box = boxes + 4 * i;  // x0, y0, x1, y1
    check_box(i, box, shape.bins);
    plans.push_back({cpu::plan_roi_axis<T>(box[0], box[2], shape.width, shape.bins),
                     cpu::plan_roi_axis<T>(box[1], box[3], shape.height, shape.bins)});
  }
  return plans;
}

template <class T>
std::vector<BoxPlan<T>> plan_boxes(const at::Tensor& boxes_in, const MapShape& shape) {
  const at::Tensor boxes = boxes_in.contiguous();  // [B*l, 4]
  return AT_DISPATCH_FLOATING_TYPES(boxes.scalar_type(), "roi_align_boxes", [&] {
    return plan_boxes<T>(boxes.const_data_ptr<scalar_t>(), boxes.size(0), shape);
  });
}

// Calls f(box plan, box index, channel, plane index, row workspace) for all boxes of each plane.
// Planes are independent, so any number of threads gives the same sums.
template <class T, class F>
void for_planes(const std::vector<BoxPlan<T>>& plans, int64_t rois_per_picture,
                const MapShape& shape, F&& f) {
  const int64_t pictures = static_cast<int64_t>(plans.size()) / rois_per_picture;
  at::parallel_for(0, pictures * shape.channels, 1, [&](int64_t begin, int64_t end) {
    std::vector<T> row(static_cast<size_t>(shape.width));
    for (int64_t plane = begin; plane < end; ++plane) {
      const int64_t first = plane / shape.channels * rois_per_picture;
      for (int64_t box = first; box < first + rois_per_picture; ++box) {
        const BoxPlan<T>& plan = plans[static_cast<size_t>(box)];
        f(cpu::RoiBox<T>{plan.x.view(), plan.y.view()}, box, plane % shape.channels, plane,
          row.data());
      }
    }
  });
}

at::Tensor roi_align_cpu(const at::Tensor& map_in, const at::Tensor& boxes,
                         int64_t rois_per_picture, int64_t bins) {
  check_roi_align(map_in, boxes, rois_per_picture, bins);
  const at::Tensor map = map_in.contiguous();  // [B, C, H, W]
  const MapShape shape{map.size(1), map.size(2), map.size(3), bins};
  at::Tensor out = at::empty({boxes.size(0), shape.channels, bins, bins}, map.options());
  AT_DISPATCH_FLOATING_TYPES(map.scalar_type(), "roi_align", [&] {
    using T = scalar_t;
    const auto plans = plan_boxes<T>(boxes, shape);
    const T* source = map.const_data_ptr<T>();
    T* target = out.mutable_data_ptr<T>();
    for_planes(
        plans, rois_per_picture, shape,
        [&](const cpu::RoiBox<T>& box, int64_t index, int64_t channel, int64_t plane, T* row) {
          cpu::with_simd_level([&](auto level) {
            cpu::roi_forward<level(), T>(
                box, bins, source + plane * shape.plane(), shape.width, row,
                target + (index * shape.channels + channel) * shape.cells());
          });
        });
  });
  return out;
}

at::Tensor roi_align_backward_cpu(const at::Tensor& grad_in, const at::Tensor& boxes,
                                  int64_t rois_per_picture, int64_t height, int64_t width) {
  check_roi_align_backward(grad_in, boxes, rois_per_picture, height, width);
  const at::Tensor grad = grad_in.contiguous();  // [B*l, C, bins, bins]
  const MapShape shape{grad.size(1), height, width, grad.size(2)};
  at::Tensor grad_map =
      at::zeros({boxes.size(0) / rois_per_picture, shape.channels, height, width}, grad.options());
  AT_DISPATCH_FLOATING_TYPES(grad.scalar_type(), "roi_align_backward", [&] {
    using T = scalar_t;
    const auto plans = plan_boxes<T>(boxes, shape);
    const T* source = grad.const_data_ptr<T>();
    T* target = grad_map.mutable_data_ptr<T>();
    for_planes(
        plans, rois_per_picture, shape,
        [&](const cpu::RoiBox<T>& box, int64_t index, int64_t channel, int64_t plane, T* row) {
          cpu::with_simd_level([&](auto level) {
            cpu::roi_backward<level(), T>(
                box, shape.bins, source + (index * shape.channels + channel) * shape.cells(), width,
                row, target + plane * shape.plane());
          });
        });
  });
  return grad_map;
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) {
  m.impl("roi_align", roi_align_cpu);
  m.impl("roi_align_backward", roi_align_backward_cpu);
}

}  // namespace gpst::ops
