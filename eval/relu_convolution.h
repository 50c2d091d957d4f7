// A convolution with bias and ReLU of a frozen network: relu(conv(x, weight) + bias).
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "nn/prepared_convolution.h"

namespace gpst {

// Float32, channels last throughout. A prepared one where no gradient is wanted.
class ReluConvolution {
 public:
  ReluConvolution(const at::Tensor& weight /* [out,in,h,w] f32 */, at::Tensor bias /* [out] f32 */,
                  ConvolutionPlace place);

  // x [B,in,H,W] f32 -> [B,out,H',W']. Where gradients are recorded and x requires one, a plain
  // convolution that can be differentiated in x.
  at::Tensor operator()(const at::Tensor& x) const;

  ReluConvolution to(at::Device device) const;
  at::Device device() const { return weight_.device(); }

 private:
  at::Tensor weight_;
  at::Tensor bias_;
  ConvolutionPlace place_;
  PreparedConvolution prepared_;  // for inference
};

}  // namespace gpst
