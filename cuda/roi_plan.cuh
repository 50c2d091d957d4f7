// Where what stands in the plan of a box (roi_plan.h).
#pragma once

#include "cuda/roi_plan.h"
#include "cuda/simt.h"

namespace gpst::cuda {

// Words of one box:
//   bounds   [4]        x_begin, x_end, y_begin, y_end: pixels that any bin touches
//   bins     [2, r, 2]  first pixel and number of pixels, axis x then y; a number of -1: no box
//   weights  [W + 2 r], [H + 2 r] floats: that of pixel p in bin b stands at p + 2 b
// Bins rise along the axis and a bin's first pixel is at most one before the last of the bin in
// front of it, so the places p + 2 b of two bins never meet.
struct RoiLayout {
  int width, height, bins;
  int words;  // of a box

  __device__ __forceinline__ int bin(int axis, int b) const { return 4 + 2 * (axis * bins + b); }
  __device__ __forceinline__ int weight(int axis, int b) const {  // add the pixel
    return 4 + 4 * bins + axis * (width + 2 * bins) + 2 * b;
  }
};

inline RoiLayout roi_layout(const RoiShape& shape) {
  return {static_cast<int>(shape.width), static_cast<int>(shape.height),
          static_cast<int>(shape.bins), static_cast<int>(roi_plan_words(shape))};
}

// Host: what the launchers refuse.
void check_roi_shape(const char* kernel, const RoiShape& shape);

}  // namespace gpst::cuda
