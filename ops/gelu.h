// GELU for inference, in place.
#pragma once

#include <ATen/core/Tensor.h>

namespace gpst {

// The tanh form: x <- x (1 + tanh(u)) / 2, u = sqrt(2/pi) (x + 0.044715 x^3). Float32 and bfloat16
// on the CPU, within a few ulp, by an own kernel; everything else by LibTorch. Returns x.
at::Tensor gelu_tanh_(at::Tensor x);

}  // namespace gpst
