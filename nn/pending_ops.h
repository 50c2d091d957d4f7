// Ops that are on their way, in plain tensor operations.
#pragma once
#include <ATen/ATen.h>

#include <cmath>
#include <optional>

#include "ops/roi_align.h"
namespace gpst {
inline at::Tensor layer_norm_modulate(const at::Tensor& x, const at::Tensor& shift,
                                      const at::Tensor& scale, double eps,
                                      std::optional<at::ScalarType> dtype) {
  const at::Tensor normed = at::layer_norm(x, {x.size(-1)}, {}, {}, eps);
  return at::addcmul(shift.unsqueeze(1), normed, scale.unsqueeze(1) + 1).to(*dtype);
}
inline at::Tensor roi_bins(const at::Tensor& map, const at::Tensor& boxes, int64_t rois_per_picture,
                           const at::Tensor& mix) {
  const auto bins = static_cast<int64_t>(std::lround(std::sqrt(mix.size(1))));
  const at::Tensor rois = roi_align(map.to(at::kFloat), boxes, rois_per_picture, bins);
  return at::mm(mix, rois.reshape({-1, mix.size(1)}).t())
      .view({mix.size(0), boxes.size(0), -1})
      .to(map.scalar_type());
}
}  // namespace gpst
