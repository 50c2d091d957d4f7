// RoIAlign of one plane and one box in plain C++ (no LibTorch). See ops/roi_align.h.
#pragma once

#include <cstdint>

#include "ops/cpu/simd_level.h"

namespace gpst::cpu {

// The cells of a box along one axis: cell i is a weighted sum of the pixels
// first[i] .. first[i] + count[i] - 1, with weights[offset[i] ...]. Weights hold the mean.
template <class T>
struct RoiAxis {
  const int64_t* first;   // [bins]
  const int64_t* count;   // [bins]
  const int64_t* offset;  // [bins]
  const T* weights;
  int64_t begin, end;  // pixels that any cell touches
};

template <class T>
struct RoiBox {
  RoiAxis<T> x, y;
};

// Elements of T that the functions below need as workspace at this level.
template <SimdLevel level, class T>
int64_t roi_workspace(int64_t bins, int64_t width);

// plane [H, width] -> out [bins, bins].
template <SimdLevel level, class T>
void roi_forward(const RoiBox<T>& box, int64_t bins, const T* plane, int64_t width, T* workspace,
                 T* out);

// grad_out [bins, bins] is added to grad_plane [H, width].
template <SimdLevel level, class T>
void roi_backward(const RoiBox<T>& box, int64_t bins, const T* grad_out, int64_t width,
                  T* workspace, T* grad_plane);

}  // namespace gpst::cpu
