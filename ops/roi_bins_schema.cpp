#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <torch/library.h>

#include <cmath>

#include "ops/check.h"
#include "ops/inference_only.h"
#include "ops/roi_align_ops.h"
#include "ops/roi_bins.h"
#include "ops/roi_bins_ops.h"

namespace gpst {
namespace ops {

int64_t check_roi_bins(const at::Tensor& map, const at::Tensor& boxes, int64_t rois_per_picture,
                       const at::Tensor& mix) {
  constexpr std::string_view op = "roi_bins";
  check_inference_only(op, {map, mix});
  check_rois(op, map, boxes, rois_per_picture);
  if (map.scalar_type() != at::kBFloat16) check_floating(op, "map", map);
  check_dimensions(op, "mix", mix, 2, "[n, r*r]");
  const auto bins = static_cast<int64_t>(std::lround(std::sqrt(mix.size(1))));
  if (bins < 1 || bins * bins != mix.size(1)) {
    refuse(op, fmt::format("mix must weigh r*r bins, found {} weights, which is no square",
                           mix.size(1)));
  }
  const at::ScalarType wanted = map.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  if (mix.scalar_type() != wanted || mix.device() != map.device()) {
    refuse(op,
           fmt::format("mix must be {} on {} as the map is, found {} on {}", c10::toString(wanted),
                       map.device().str(), c10::toString(mix.scalar_type()), mix.device().str()));
  }
  return bins;
}

at::Tensor roi_bins(const at::Tensor& map, const at::Tensor& boxes, int64_t rois_per_picture,
                    const at::Tensor& mix) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::roi_bins", "")
                             .typed<decltype(roi_bins)>();
  return op.call(map, boxes, rois_per_picture, mix);
}

namespace {

at::Tensor roi_bins_meta(const at::Tensor& map, const at::Tensor& boxes, int64_t rois_per_picture,
                         const at::Tensor& mix) {
  check_roi_bins(map, boxes, rois_per_picture, mix);
  return at::empty({mix.size(0), boxes.size(0), map.size(1)}, map.options());
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(gpst_ops, m) {
  m.def("roi_bins(Tensor map, Tensor boxes, int rois_per_picture, Tensor mix) -> Tensor");
}

TORCH_LIBRARY_IMPL(gpst_ops, Meta, m) { m.impl("roi_bins", roi_bins_meta); }

}  // namespace ops

at::Tensor roi_bins(const at::Tensor& map, const at::Tensor& boxes, int64_t rois_per_picture,
                    const at::Tensor& mix) {
  return ops::roi_bins(map, boxes, rois_per_picture, mix);
}

}  // namespace gpst
