#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <vector>

#include "ops/cpu/roi_kernel.h"
#include "ops/roi_align_ops.h"
#include "ops/roi_boxes.h"

namespace gpst::ops {
namespace {

struct MapShape {
  int64_t channels, height, width, bins;
  int64_t plane() const { return height * width; }
  int64_t cells() const { return bins * bins; }
  RoiExtent extent() const { return {height, width, bins}; }
};

// Calls f(box plan, box index, channel, plane index, workspace) for all boxes of each plane.
// Planes are independent, so any number of threads gives the same sums.
template <class T, class F>
void for_planes(const std::vector<RoiBoxPlan<T>>& plans, int64_t rois_per_picture,
                const MapShape& shape, F&& f) {
  const int64_t pictures = static_cast<int64_t>(plans.size()) / rois_per_picture;
  at::parallel_for(0, pictures * shape.channels, 1, [&](int64_t begin, int64_t end) {
    std::vector<T> workspace(static_cast<size_t>(cpu::with_simd_level(
        [&](auto level) { return cpu::roi_workspace<level(), T>(shape.bins, shape.width); })));
    for (int64_t plane = begin; plane < end; ++plane) {
      const int64_t first = plane / shape.channels * rois_per_picture;
      for (int64_t box = first; box < first + rois_per_picture; ++box) {
        const RoiBoxPlan<T>& plan = plans[static_cast<size_t>(box)];
        f(plan.view(), box, plane % shape.channels, plane, workspace.data());
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
    const auto plans = plan_boxes<T>("roi_align", boxes, shape.extent());
    const T* source = map.const_data_ptr<T>();
    T* target = out.mutable_data_ptr<T>();
    for_planes(plans, rois_per_picture, shape,
               [&](const cpu::RoiBox<T>& box, int64_t index, int64_t channel, int64_t plane,
                   T* workspace) {
                 cpu::with_simd_level([&](auto level) {
                   cpu::roi_forward<level(), T>(
                       box, bins, source + plane * shape.plane(), shape.width, workspace,
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
    const auto plans = plan_boxes<T>("roi_align_backward", boxes, shape.extent());
    const T* source = grad.const_data_ptr<T>();
    T* target = grad_map.mutable_data_ptr<T>();
    for_planes(plans, rois_per_picture, shape,
               [&](const cpu::RoiBox<T>& box, int64_t index, int64_t channel, int64_t plane,
                   T* workspace) {
                 cpu::with_simd_level([&](auto level) {
                   cpu::roi_backward<level(), T>(
                       box, shape.bins, source + (index * shape.channels + channel) * shape.cells(),
                       width, workspace, target + plane * shape.plane());
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
