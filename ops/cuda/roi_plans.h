// What the host functions of RoIAlign and roi_bins share.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

#include "cuda/roi_plan.h"

namespace gpst {

// InputError unless boxes are float32 on the map's device: positions are computed in their type.
void check_kernel_boxes(std::string_view op, const at::Tensor& boxes, const at::Tensor& map);

// Boxes on a map [B, C, H, W].
cuda::RoiShape roi_shape(const at::Tensor& map, int64_t rois_per_picture, int64_t bins);

// The plan of the boxes [B*l, 4]: int32 [B*l, words].
at::Tensor roi_plan(const cuda::RoiShape& shape, const at::Tensor& boxes, cuda::Stream stream);

}  // namespace gpst
