#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/library.h>

#include "cuda/roi_align.h"
#include "ops/check.h"
#include "ops/cuda/kernels.h"
#include "ops/cuda/roi_plans.h"
#include "ops/cuda/stream.h"
#include "ops/roi_align_ops.h"

namespace gpst {
namespace {

void check_float32(std::string_view op, std::string_view name, const at::Tensor& tensor) {
  if (tensor.scalar_type() == at::kFloat) return;
  refuse(op, fmt::format("{} must be float32 on CUDA, found {}; convert it first", name,
                         c10::toString(tensor.scalar_type())));
}

at::Tensor roi_align_cuda(const at::Tensor& map_in, const at::Tensor& boxes,
                          int64_t rois_per_picture, int64_t bins) {
  ops::check_roi_align(map_in, boxes, rois_per_picture, bins);
  check_float32("roi_align", "map", map_in);
  check_kernel_boxes("roi_align", boxes, map_in);
  const OpStream stream(map_in);
  const at::Tensor map = map_in.contiguous(at::MemoryFormat::ChannelsLast);  // [B, H, W, C]
  const cuda::RoiShape shape = roi_shape(map, rois_per_picture, bins);
  const at::Tensor plan = roi_plan(shape, boxes, stream.get());  // [B*l, words]
  at::Tensor out = at::empty({boxes.size(0), map.size(1), bins, bins}, map.options());
  cuda::roi_align(shape, map.const_data_ptr<float>(), plan.const_data_ptr<int32_t>(),
                  out.mutable_data_ptr<float>(), stream.get());
  return out;
}

// The gradient is channels-last, as the map that the kernels read was.
at::Tensor roi_align_backward_cuda(const at::Tensor& grad_in, const at::Tensor& boxes,
                                   int64_t rois_per_picture, int64_t height, int64_t width) {
  ops::check_roi_align_backward(grad_in, boxes, rois_per_picture, height, width);
  check_float32("roi_align_backward", "grad", grad_in);
  check_kernel_boxes("roi_align_backward", boxes, grad_in);
  const OpStream stream(grad_in);
  const at::Tensor grad = grad_in.contiguous(at::MemoryFormat::ChannelsLast);  // [B*l, r, r, C]
  const cuda::RoiShape shape{.pictures = boxes.size(0) / rois_per_picture,
                             .boxes = rois_per_picture,
                             .channels = grad.size(1),
                             .height = height,
                             .width = width,
                             .bins = grad.size(2)};
  const at::Tensor plan = roi_plan(shape, boxes, stream.get());  // [B*l, words]
  at::Tensor grad_map = at::empty({shape.pictures, shape.channels, height, width}, grad.options(),
                                  at::MemoryFormat::ChannelsLast);
  cuda::roi_align_backward(shape, grad.const_data_ptr<float>(), plan.const_data_ptr<int32_t>(),
                           grad_map.mutable_data_ptr<float>(), stream.get());
  return grad_map;
}

}  // namespace

void check_kernel_boxes(std::string_view op, const at::Tensor& boxes, const at::Tensor& map) {
  check_float32(op, "boxes", boxes);
  if (boxes.device() == map.device()) return;
  refuse(op, fmt::format("boxes must be on the device of the map, {}; found {}", map.device().str(),
                         boxes.device().str()));
}

cuda::RoiShape roi_shape(const at::Tensor& map, int64_t rois_per_picture, int64_t bins) {
  return {.pictures = map.size(0),
          .boxes = rois_per_picture,
          .channels = map.size(1),
          .height = map.size(2),
          .width = map.size(3),
          .bins = bins};
}

at::Tensor roi_plan(const cuda::RoiShape& shape, const at::Tensor& boxes_in, cuda::Stream stream) {
  const at::Tensor boxes = boxes_in.contiguous();  // [B*l, 4]
  at::Tensor plan =
      at::empty({boxes.size(0), cuda::roi_plan_words(shape)}, boxes.options().dtype(at::kInt));
  cuda::plan_rois(shape, boxes.const_data_ptr<float>(), plan.mutable_data_ptr<int32_t>(), stream);
  return plan;
}

void add_roi_align(torch::Library& library) {
  library.impl("roi_align", roi_align_cuda);
  library.impl("roi_align_backward", roi_align_backward_cuda);
}

}  // namespace gpst
