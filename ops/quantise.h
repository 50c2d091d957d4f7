// From a model's pictures to 8 bits where the pictures are (numerics, section 5), by the rule and
// to the bytes of image/preprocess.h: clamped to [-1,1], (v + 1) * 127.5 in float32, truncated or
// rounded half up.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "image/preprocess.h"

namespace gpst {

// A GPU cannot throw: what image/preprocess.h refuses, a value that is not a number, is reported
// beside the bytes, and check_numbers throws once they are on the host.
struct QuantisedPictures {
  at::Tensor bytes;      // [B, H, W, 3] uint8; a value that is not a number became 0
  at::Tensor first_nan;  // [B] int32: the place of the first such value of a picture in [3,H,W]
                         // order, 3 H W where there is none
};

// Throws InputError: pictures not [B, 3, H, W], neither float32 nor bfloat16, 3 H W above 2^31 - 1.
QuantisedPictures quantise(const at::Tensor& pictures,  // [B, 3, H, W], any strides
                           Rounding rounding);

// InputError naming picture, channel, row and column of the first value that is not a number.
void check_numbers(const at::Tensor& first_nan,  // [B] int32, on the host
                   int64_t height, int64_t width);

}  // namespace gpst
