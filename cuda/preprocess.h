// Decoded pictures to what the models take (numerics, section 1): scaled so that the short side is
// `side`, centre crop, v/127.5 - 1. The bytes between are those of image/preprocess, and so are the
// floats: OpenCV's bilinear in fixed point with 11-bit weights, or a rounded 2 x 2 mean where both
// sides shrink by exactly two.
//
// Bilinear only. The `area` mode (box halving and bicubic, for reference statistics) stays on the
// host: it runs once for a set of pictures, and its coefficients are made in the host's library.
#pragma once

#include <cstdint>
#include <span>

#include "cuda/stream.h"

namespace gpst::cuda {

struct PreprocessPicture {
  const uint8_t* rgb;  // [height,width,3], on the device
  int64_t width, height;
  int64_t scaled_width, scaled_height;  // neither below the side of the result
  bool flip = false;                    // mirror the result left to right
};

struct PreprocessTarget {
  float* values;  // [B,3,side,side], or [B,side,side,3]; written
  int64_t side;
  bool channels_last;
};

// Pictures of any sizes, 32 in a launch: their sizes and places travel with the launch, nothing is
// copied beforehand. Nothing is launched for no pictures. InputError when a size does not fit an
// int or a scaled picture is smaller than the result.
void preprocess_pictures(std::span<const PreprocessPicture> pictures,
                         const PreprocessTarget& target, Stream stream);

}  // namespace gpst::cuda
