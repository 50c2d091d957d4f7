#include "nn/prepared_convolution.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <mutex>
#include <utility>

#include "nn/onednn_products.h"
#include "nn/placed_weights.h"

namespace gpst {
struct PreparedConvolution::State {
  at::Tensor weight;  // in `computes_in`: [out,in,h,w], or oneDNN's own layout once prepared
  at::Tensor bias;    // [out]
  OnednnConvolution how;
  at::ScalarType type = at::kFloat;
  at::ScalarType computes_in = at::kFloat;
  std::mutex mutex;
  bool by_onednn = false;
  bool is_prepared = false;

  at::Tensor weight_for(at::IntArrayRef input);
  at::Tensor plain(const at::Tensor& x) const;
};

at::Tensor PreparedConvolution::State::weight_for(at::IntArrayRef input) {
  const std::lock_guard lock(mutex);
  if (!is_prepared) weight = onednn_convolution_weight(weight, how, input);
  is_prepared = true;
  return weight;
}

at::Tensor PreparedConvolution::State::plain(const at::Tensor& x) const {
  at::Tensor y = at::conv2d(x, weight, bias, how.stride, how.padding);
  if (how.activation == "relu") y.relu_();
  return y.contiguous(at::MemoryFormat::ChannelsLast);
}

PreparedConvolution::PreparedConvolution(const at::Tensor& weight, const at::Tensor& bias,
                                         ConvolutionPlace place, Epilogue epilogue,
                                         at::ScalarType type)
    : state_(std::make_shared<State>()) {
  check_model_type(type);
  const c10::NoGradGuard no_grad;
  // Where the processor has no products of this type the rounded values are kept as float32.
  state_->type = type;
  state_->computes_in = !weight.is_cpu() || onednn_computes(type) ? type : at::kFloat;
  state_->by_onednn = weight.is_cpu() && onednn_computes(state_->computes_in);
  const auto rounded = [&](const at::Tensor& x) {
    return x.detach().to(type).to(state_->computes_in);
  };
  state_->weight = rounded(weight);
  if (!weight.is_cpu()) {
    state_->weight = state_->weight.contiguous(at::MemoryFormat::ChannelsLast);
  }
  state_->bias = rounded(bias).contiguous();
  state_->how = {.stride = std::move(place.stride),
                 .padding = std::move(place.padding),
                 .activation = epilogue == Epilogue::relu ? "relu" : "none"};
  if (state_->by_onednn && !place.input.empty()) state_->weight_for(place.input);
}

at::Tensor PreparedConvolution::operator()(const at::Tensor& x) const {
  const c10::NoGradGuard no_grad;
  const at::Tensor map = x.to(state_->computes_in).contiguous(at::MemoryFormat::ChannelsLast);
  if (!state_->by_onednn) return state_->plain(map).to(state_->type);
  const at::Tensor weight = state_->weight_for(map.sizes());
  return onednn_convolution(map, weight, state_->bias, state_->how).to(state_->type);
}

at::ScalarType PreparedConvolution::type() const { return state_->type; }

}  // namespace gpst
