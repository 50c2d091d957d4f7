// The sampling weights of RoIAlign (numerics, section 3; definition in ops/roi_align.h), which
// factorise into one set per axis of a box: bin b of an axis is a weighted sum of the neighbouring
// pixels first[b] .. first[b] + count[b] - 1. Made once for all boxes and read by the kernels of
// roi_align.h and roi_bins.h.
//
// A box that is not finite, or longer than 4096 samples a bin along an axis, cannot be refused
// without waiting for the device: its bins are NaN and it takes no part in gradients.
#pragma once

#include <cstdint>

#include "cuda/stream.h"

namespace gpst::cuda {

// A bin and an axis of a box are one lane of a warp.
inline constexpr int64_t kMaxRoiBins = 16;
inline constexpr int64_t kMaxRoiSamples = 4096;  // of a bin along an axis

struct RoiShape {
  int64_t pictures;  // B
  int64_t boxes;     // l of each picture
  int64_t channels;  // C
  int64_t height, width;
  int64_t bins;  // r along each axis, at most kMaxRoiBins
  int64_t rois() const { return pictures * boxes; }
  int64_t cells() const { return bins * bins; }
};

// 32-bit words of the plan of one box, a multiple of 4.
int64_t roi_plan_words(const RoiShape& shape);

// InputError when a size does not fit the kernels.
void plan_rois(const RoiShape& shape,
               const float* boxes,  // [B*l, 4] x0, y0, x1, y1 in pixels
               int32_t* plan,       // [B*l, roi_plan_words(shape)], aligned to 16 bytes
               Stream stream);

}  // namespace gpst::cuda
