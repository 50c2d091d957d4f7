// RoIAlign (roi_align.h) and mixing of its bins in one step, for inference:
//   out[m, i, c] = sum over bins k of mix[m, k] * roi_align(map, boxes)[i, c, k]
// The encoder's n blocks weigh the r*r bins of each token (numerics, section 3), and everything
// between the map and what they add is linear: the bins, [B*l, C, r, r], need not be kept.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gpst {

// Box i belongs to picture i / rois_per_picture. Returns [n, B*l, C] in the map's dtype; computed
// in float32, of a float64 map in float64.
// Throws InputError as roi_align does, when r*r is no square, and when an input needs a gradient.
// On CUDA: float32 and bfloat16 only, boxes in float32, at most 16 bins a side; a box that
// roi_align would refuse gives NaN.
at::Tensor roi_bins(const at::Tensor& map,    // [B, C, H, W] float32, bfloat16 or float64
                    const at::Tensor& boxes,  // [B*l, 4] x0, y0, x1, y1 in pixels
                    int64_t rois_per_picture,
                    const at::Tensor& mix);  // [n, r*r] float32; float64 with a float64 map

}  // namespace gpst
