// The dispatcher's view of RoIAlign; for files of this folder. Callers use ops/roi_align.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

namespace gpst::ops {

// gpst_ops::roi_align: map [B, C, H, W], boxes [B*l, 4] -> [B*l, C, bins, bins]
at::Tensor roi_align(const at::Tensor& map, const at::Tensor& boxes, int64_t rois_per_picture,
                     int64_t bins);

// gpst_ops::roi_align_backward: grad [B*l, C, bins, bins], boxes [B*l, 4] -> [B, C, H, W]
at::Tensor roi_align_backward(const at::Tensor& grad, const at::Tensor& boxes,
                              int64_t rois_per_picture, int64_t height, int64_t width);

// Shared by all backends.
void check_roi_align(const at::Tensor& map, const at::Tensor& boxes, int64_t rois_per_picture,
                     int64_t bins);
// The part of it that other ops on boxes share: shapes, not the map's dtype.
void check_rois(std::string_view op, const at::Tensor& map, const at::Tensor& boxes,
                int64_t rois_per_picture);
void check_roi_align_backward(const at::Tensor& grad, const at::Tensor& boxes,
                              int64_t rois_per_picture, int64_t height, int64_t width);

}  // namespace gpst::ops
