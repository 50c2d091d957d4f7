#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <torch/library.h>

#include "ops/check.h"
#include "ops/roi_align.h"
#include "ops/roi_align_ops.h"

namespace gpst {
namespace ops {
namespace {

void check_boxes(std::string_view op, const at::Tensor& boxes, int64_t rois_per_picture) {
  check_dimensions(op, "boxes", boxes, 2, "[B*l, 4]");
  check_floating(op, "boxes", boxes);
  check_shape(op, "boxes", boxes, {boxes.size(0), 4});
  check_positive(op, "rois_per_picture", rois_per_picture);
}

}  // namespace

void check_rois(std::string_view op, const at::Tensor& map, const at::Tensor& boxes,
                int64_t rois_per_picture) {
  check_dimensions(op, "map", map, 4, "[B, C, H, W]");
  check_positive(op, "H of map", map.size(2));
  check_positive(op, "W of map", map.size(3));
  check_boxes(op, boxes, rois_per_picture);
  if (boxes.size(0) != map.size(0) * rois_per_picture) {
    refuse(op, fmt::format("{} boxes do not fit {} pictures of {} boxes each (rois_per_picture)",
                           boxes.size(0), map.size(0), rois_per_picture));
  }
}

void check_roi_align(const at::Tensor& map, const at::Tensor& boxes, int64_t rois_per_picture,
                     int64_t bins) {
  check_rois("roi_align", map, boxes, rois_per_picture);
  check_floating("roi_align", "map", map);
  check_positive("roi_align", "bins", bins);
}

void check_roi_align_backward(const at::Tensor& grad, const at::Tensor& boxes,
                              int64_t rois_per_picture, int64_t height, int64_t width) {
  check_dimensions("roi_align_backward", "grad", grad, 4, "[B*l, C, bins, bins]");
  check_floating("roi_align_backward", "grad", grad);
  check_boxes("roi_align_backward", boxes, rois_per_picture);
  check_shape("roi_align_backward", "grad", grad,
              {boxes.size(0), grad.size(1), grad.size(2), grad.size(2)});
  check_positive("roi_align_backward", "height", height);
  check_positive("roi_align_backward", "width", width);
  if (boxes.size(0) % rois_per_picture != 0) {
    refuse("roi_align_backward", fmt::format("{} boxes are no multiple of rois_per_picture = {}",
                                             boxes.size(0), rois_per_picture));
  }
}

at::Tensor roi_align(const at::Tensor& map, const at::Tensor& boxes, int64_t rois_per_picture,
                     int64_t bins) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::roi_align", "")
                             .typed<decltype(roi_align)>();
  return op.call(map, boxes, rois_per_picture, bins);
}

at::Tensor roi_align_backward(const at::Tensor& grad, const at::Tensor& boxes,
                              int64_t rois_per_picture, int64_t height, int64_t width) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::roi_align_backward", "")
                             .typed<decltype(roi_align_backward)>();
  return op.call(grad, boxes, rois_per_picture, height, width);
}

namespace {

at::Tensor roi_align_meta(const at::Tensor& map, const at::Tensor& boxes, int64_t rois_per_picture,
                          int64_t bins) {
  check_roi_align(map, boxes, rois_per_picture, bins);
  return at::empty({boxes.size(0), map.size(1), bins, bins}, map.options());
}

at::Tensor roi_align_backward_meta(const at::Tensor& grad, const at::Tensor& boxes,
                                   int64_t rois_per_picture, int64_t height, int64_t width) {
  check_roi_align_backward(grad, boxes, rois_per_picture, height, width);
  return at::empty({boxes.size(0) / rois_per_picture, grad.size(1), height, width}, grad.options());
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(gpst_ops, m) {
  m.def("roi_align(Tensor map, Tensor boxes, int rois_per_picture, int bins) -> Tensor");
  m.def(
      "roi_align_backward(Tensor grad, Tensor boxes, int rois_per_picture, int height, "
      "int width) -> Tensor");
}

TORCH_LIBRARY_IMPL(gpst_ops, Meta, m) {
  m.impl("roi_align", roi_align_meta);
  m.impl("roi_align_backward", roi_align_backward_meta);
}

}  // namespace ops

at::Tensor roi_align(const at::Tensor& map, const at::Tensor& boxes, int64_t rois_per_picture,
                     int64_t bins) {
  return ops::roi_align(map, boxes, rois_per_picture, bins);
}

}  // namespace gpst
