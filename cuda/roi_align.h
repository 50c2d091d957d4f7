// RoIAlign forward and backward on channels-last maps (numerics, section 3; definition in
// ops/roi_align.h). Boxes come as a plan (roi_plan.h). Both sum in a fixed order: results repeat to
// the bit.
#pragma once

#include <cstdint>

#include "cuda/roi_plan.h"
#include "cuda/stream.h"

namespace gpst::cuda {

// InputError when a size does not fit the kernels. A box without a plan gives NaN.
void roi_align(const RoiShape& shape,
               const float* map,     // [B, H, W, C]
               const int32_t* plan,  // [B*l, roi_plan_words]
               float* out,           // [B*l, C, r, r]
               Stream stream);

// Every pixel of the map's gradient is written.
void roi_align_backward(const RoiShape& shape,
                        const float* grad,    // [B*l, r, r, C]
                        const int32_t* plan,  // [B*l, roi_plan_words]
                        float* grad_map,      // [B, H, W, C]
                        Stream stream);

}  // namespace gpst::cuda
