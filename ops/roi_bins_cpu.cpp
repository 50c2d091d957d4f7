#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/roi_align_ops.h"
#include "ops/roi_bins_ops.h"

namespace gpst::ops {
namespace {

at::Tensor roi_bins_cpu(const at::Tensor& map, const at::Tensor& boxes, int64_t rois_per_picture,
                        const at::Tensor& mix) {
  const int64_t bins = check_roi_bins(map, boxes, rois_per_picture, mix);
  const at::Tensor rois =
      roi_align(map.to(mix.scalar_type()), boxes, rois_per_picture, bins);  // [B*l, C, r, r]
  return at::mm(mix, rois.view({-1, bins * bins}).t())                      // [n, B*l*C]
      .view({mix.size(0), boxes.size(0), map.size(1)})
      .to(map.scalar_type());
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) { m.impl("roi_bins", roi_bins_cpu); }

}  // namespace gpst::ops
