// The tanh form of GELU: y = x (1 + tanh(u)) / 2, u = sqrt(2/pi) (x + 0.044715 x^3). Float32 and
// bfloat16 on the CPU by an own kernel, within a few ulp; everything else by LibTorch.
#pragma once

#include <ATen/core/Tensor.h>

namespace gpst {

// Differentiable once.
at::Tensor gelu_tanh(const at::Tensor& x);

// In place, for inference. Returns x.
at::Tensor gelu_tanh_(at::Tensor x);

}  // namespace gpst
