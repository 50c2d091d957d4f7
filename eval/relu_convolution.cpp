#include "eval/relu_convolution.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>

#include <utility>

namespace gpst {
namespace {

// LibTorch's convolution with an operation fused behind it, which its compiler uses; it stands in
// the dispatcher alone.
using FusedConvolution = at::Tensor(const at::Tensor& x, const at::Tensor& weight,
                                    const std::optional<at::Tensor>& bias, at::IntArrayRef padding,
                                    at::IntArrayRef stride, at::IntArrayRef dilation,
                                    int64_t groups, std::string_view attribute,
                                    c10::List<std::optional<at::Scalar>> scalars,
                                    std::optional<std::string_view> algorithm);

at::Tensor fused_relu_convolution(const at::Tensor& x, const at::Tensor& weight,
                                  const at::Tensor& bias, const ConvolutionPlace& place) {
  static const auto convolution = c10::Dispatcher::singleton()
                                      .findSchemaOrThrow("mkldnn::_convolution_pointwise", "")
                                      .typed<FusedConvolution>();
  return convolution.call(x, weight, bias, place.padding, place.stride, /*dilation=*/{1, 1},
                          /*groups=*/1, "relu", c10::List<std::optional<at::Scalar>>(), "");
}

at::Tensor prepared_weight(const at::Tensor& weight, const ConvolutionPlace& place) {
  if (!weight.is_cpu() || !at::hasMKLDNN() || place.input.empty()) return {};
  return at::mkldnn_reorder_conv2d_weight(weight.to_mkldnn(), place.padding, place.stride,
                                          /*dilation=*/{1, 1}, /*groups=*/1, place.input);
}

}  // namespace

ReluConvolution::ReluConvolution(const at::Tensor& weight, at::Tensor bias, ConvolutionPlace place)
    : weight_(weight.contiguous(at::MemoryFormat::ChannelsLast)),
      bias_(std::move(bias)),
      prepared_(prepared_weight(weight, place)),
      place_(std::move(place)) {}

at::Tensor ReluConvolution::operator()(const at::Tensor& x) const {
  const bool differentiable = at::GradMode::is_enabled() && x.requires_grad();
  if (prepared_.defined() && !differentiable && is_prepared_for(x)) {
    return fused_relu_convolution(x, prepared_, bias_, place_);
  }
  return at::conv2d(x, weight_, bias_, place_.stride, place_.padding).relu_();
}

// A weight in another layout than oneDNN wants for this map would be brought into it by a slow
// loop at every call.
bool ReluConvolution::is_prepared_for(const at::Tensor& x) const {
  return x.size(2) == place_.input[2] && x.size(3) == place_.input[3];
}

ReluConvolution ReluConvolution::to(at::Device device) const {
  return {weight_.to(device), bias_.to(device), place_};
}

}  // namespace gpst
