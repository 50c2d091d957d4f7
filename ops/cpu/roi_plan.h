// Sampling weights of RoIAlign along one axis, computed once per box.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/cpu/roi_kernel.h"

namespace gpst::cpu {

// An axis that owns its arrays; view() stays valid while it lives and is not changed.
template <class T>
struct RoiAxisPlan {
  std::vector<int64_t> first, count, offset;  // [bins]
  std::vector<T> weights;
  int64_t begin = 0, end = 0;

  RoiAxis<T> view() const {
    return {first.data(), count.data(), offset.data(), weights.data(), begin, end};
  }
};

// low, high: the box in pixels of a side of n. All positions are computed in Coordinate (the boxes'
// own type), since the number of samples is a ceiling that rounding could move.
template <class T, class Coordinate>
RoiAxisPlan<T> plan_roi_axis(Coordinate low, Coordinate high, int64_t n, int64_t bins);

// Samples per cell along the axis.
template <class Coordinate>
int64_t roi_samples(Coordinate low, Coordinate high, int64_t bins);

}  // namespace gpst::cpu
