#pragma once

#include "image/picture8.h"

namespace gpst {

// Bilinear with half-pixel centres and no antialias on uint8, bit-equal to OpenCV's INTER_LINEAR:
// weights of 11 bits, an exact 2:1 shrink of both sides is a rounded 2x2 mean (golden section 2).
Picture8 resize_bilinear(const Picture8& picture, int width, int height);

// Mean of the source area under each target pixel, as Pillow's BOX.
Picture8 resize_box(const Picture8& picture, int width, int height);

// Bicubic (a = -0.5) whose support grows with the shrink factor, as Pillow's BICUBIC.
Picture8 resize_bicubic(const Picture8& picture, int width, int height);

// InputError for an empty picture, and for a target without pixels or beyond reason.
void check_resize(const Picture8& picture, int width, int height);

struct PictureSize {
  int width = 0;
  int height = 0;
};

// The size with the short side equal to `short_side`: side * (short_side / min), half to even.
// InputError when that is beyond reason (a strip of one pixel's width).
PictureSize scaled_size(PictureSize size, int short_side);

// The ADM/DiT convention: box halving while the short side is at least twice the target, then
// bicubic to scaled_size. The crop is left to preprocess().
Picture8 resize_area(const Picture8& picture, int short_side);

}  // namespace gpst
