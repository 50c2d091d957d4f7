// What the RoIAlign ops of the CPU share: boxes checked, and the sampling weights of each.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "ops/cpu/roi_plan.h"

namespace gpst::ops {

struct RoiExtent {
  int64_t height, width;
  int64_t bins;  // r along each axis
};

template <class T>
struct RoiBoxPlan {
  cpu::RoiAxisPlan<T> x, y;
  cpu::RoiBox<T> view() const { return {x.view(), y.view()}; }
};

// Throws InputError naming `op` and the box that is not finite or too large. T: float or double.
template <class T>
std::vector<RoiBoxPlan<T>> plan_boxes(std::string_view op, const at::Tensor& boxes /* [B*l, 4] */,
                                      const RoiExtent& extent);

}  // namespace gpst::ops
