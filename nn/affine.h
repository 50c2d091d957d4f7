// A linear layer whose weights start as zeros instead of LibTorch's random ones, and which computes
// in the type of its weights. For use in module definitions only: includes torch/nn.
#pragma once

#include <torch/nn/module.h>

namespace gpst {

// y = x W^T + b; W [out,in] is "weight", b [out] is "bias".
class Affine : public torch::nn::Module {
 public:
  Affine(int64_t in, int64_t out) {
    weight = register_parameter("weight", at::zeros({out, in}));
    bias = register_parameter("bias", at::zeros({out}));
  }

  at::Tensor forward(const at::Tensor& x /* [...,in] */) const {
    return at::linear(x.to(weight.scalar_type()), weight, bias);  // [...,out]
  }

  // The type of the weights, and so of the product.
  void convert(at::ScalarType type) {
    weight.set_data(weight.to(type));
    bias.set_data(bias.to(type));
  }

  at::Tensor weight, bias;
};

}  // namespace gpst
