// Between 8-bit pictures and the tensors models work on.
#pragma once

#include <ATen/core/Tensor.h>

#include "image/picture8.h"
#include "image/preprocess.h"

namespace gpst {

// [3,height,width] float32 in [-1,1].
at::Tensor picture_tensor(const Picture8& picture);

// `values` [3,H,W], of any device and floating type, is clamped to [-1,1]. InputError when a value
// is not a number.
Picture8 picture_from(const at::Tensor& values, Rounding rounding);

// Bytes [H,W,3] on the host, as ops/quantise.h makes them.
Picture8 picture_of_bytes(const at::Tensor& bytes);

}  // namespace gpst
