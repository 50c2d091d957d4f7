// RoIAlign of one box and mixing of its bins in plain C++ (no LibTorch). See ops/roi_bins.h.
#pragma once

#include <cstdint>

#include "ops/cpu/roi_kernel.h"
#include "ops/cpu/simd_level.h"

namespace gpst::cpu {

// One picture as it lies in memory. E: float, double, or uint16_t for the bits of a bfloat16.
template <class E>
struct RoiMap {
  const E* pixels;  // [H, W, C]
  int64_t width, channels;
};

template <class T>
struct RoiMixing {
  const T* weights;  // [count, r*r]
  int64_t count;
};

// Elements of T that roi_bins needs as workspace, at every level.
constexpr int64_t roi_bins_workspace(int64_t bins, int64_t channels) {
  constexpr int64_t kWidest = 16;  // lanes
  return bins * bins * ((channels + kWidest - 1) / kWidest * kWidest);
}

// Row m of the box, [C], is written at out + m * stride. Computed in T: float, or double for E
// double.
template <SimdLevel level, class T, class E>
void roi_bins(const RoiBox<T>& box, int64_t bins, const RoiMap<E>& map, const RoiMixing<T>& mixing,
              T* workspace, E* out, int64_t stride);

}  // namespace gpst::cpu
