#include "eval/relu_convolution.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <utility>

namespace gpst {

ReluConvolution::ReluConvolution(const at::Tensor& weight, at::Tensor bias, ConvolutionPlace place)
    : weight_(weight.contiguous(at::MemoryFormat::ChannelsLast)),
      bias_(std::move(bias)),
      place_(std::move(place)),
      prepared_(weight_, bias_, place_, Epilogue::relu) {}

at::Tensor ReluConvolution::operator()(const at::Tensor& x) const {
  const bool differentiable = at::GradMode::is_enabled() && x.requires_grad();
  if (!differentiable) return prepared_(x);
  return at::conv2d(x, weight_, bias_, place_.stride, place_.padding).relu_();
}

ReluConvolution ReluConvolution::to(at::Device device) const {
  return {weight_.to(device), bias_.to(device), place_};
}

}  // namespace gpst
