// The dispatcher's view of roi_bins; for files of this folder. Callers use ops/roi_bins.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gpst::ops {

// gpst_ops::roi_bins: map [B, C, H, W], boxes [B*l, 4], mix [n, r*r] -> [n, B*l, C]
at::Tensor roi_bins(const at::Tensor& map, const at::Tensor& boxes, int64_t rois_per_picture,
                    const at::Tensor& mix);

// Shared by all backends; returns r.
int64_t check_roi_bins(const at::Tensor& map, const at::Tensor& boxes, int64_t rois_per_picture,
                       const at::Tensor& mix);

}  // namespace gpst::ops
