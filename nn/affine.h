// A linear layer whose weights start unset instead of as LibTorch's random ones. For use in module
// definitions only: includes torch/nn.
#pragma once

#include <torch/nn/module.h>

namespace gpst {

// y = x W^T + b; W [out,in] is "weight", b [out] is "bias".
class Affine : public torch::nn::Module {
 public:
  Affine(int64_t in, int64_t out) {
    weight = register_parameter("weight", at::empty({out, in}));
    bias = register_parameter("bias", at::empty({out}));
  }

  at::Tensor forward(const at::Tensor& x /* [...,in] */) const {
    return at::linear(x, weight, bias);  // [...,out]
  }

  at::Tensor weight, bias;
};

}  // namespace gpst
