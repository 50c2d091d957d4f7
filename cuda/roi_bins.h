// RoIAlign and mixing of its bins in one kernel: for each of n mixtures m
//   out[m, i, c] = sum over bins k of mix[m, k] * RoIAlign(map, box i)[c, k]
// The encoder's blocks weigh the r*r bins of every token (numerics, section 3); as all of it is
// linear, the bins themselves, [B*l, C, r, r], are never written. Definition in ops/roi_bins.h.
#pragma once

#include <cstdint>

#include "cuda/bf16.h"
#include "cuda/roi_plan.h"
#include "cuda/stream.h"

namespace gpst::cuda {

// T is float or Bf16; sums are float. InputError when a size does not fit the kernels. A box
// without a plan (roi_plan.h) gives NaN.
template <class T>
void roi_bins(const RoiShape& shape, int64_t mixtures,
              const T* map,         // [B, H, W, C]
              const int32_t* plan,  // [B*l, roi_plan_words]
              const float* mix,     // [n, r*r]
              T* out,               // [n, B*l, C]
              Stream stream);

}  // namespace gpst::cuda
