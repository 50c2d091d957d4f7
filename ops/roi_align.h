// RoIAlign (numerics, section 3): the mean of a map over bins x bins cells of each box.
//
// Aligned: a box starts at x0 - 0.5 and has size x1 - x0, with no minimum size. Each cell takes
// ceil(size / bins) samples per axis at even distances, bilinear. A sample below -1 or above n (the
// map's side) counts as 0, otherwise it is clamped into [0, n-1]. A cell is the mean of its
// samples; a box of size 0 (or less) along an axis gives 0. The weights of a cell factorise into
// one set per axis, which are computed once per box.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gpst {

// Box r belongs to picture r / rois_per_picture. Returns [B*l, C, bins, bins] in the map's dtype.
// Differentiable (once) with respect to the map only; boxes carry no gradient.
// Throws InputError on other shapes or dtypes, on boxes that are not finite, or when the number of
// boxes is not B * rois_per_picture.
// On CUDA: float32 only, maps are read channels-last (others are converted first), at most 16 bins,
// and a box that is not finite or too large cannot be refused without waiting: it gives NaN.
at::Tensor roi_align(
    const at::Tensor& map,    // [B, C, H, W] float32 or float64
    const at::Tensor& boxes,  // [B*l, 4] x0, y0, x1, y1 in pixels, float32 or float64
    int64_t rois_per_picture, int64_t bins);

}  // namespace gpst
