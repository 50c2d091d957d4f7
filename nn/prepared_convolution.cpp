#include "nn/prepared_convolution.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <mutex>
#include <utility>

#include "nn/onednn_products.h"
#include "nn/placed_weights.h"

namespace gpst {
namespace {

constexpr size_t kMostSizes = 2;  // of maps that a weight is prepared for

}  // namespace

struct PreparedConvolution::State {
  struct ForSize {
    int64_t height, width;
    at::Tensor weight;
  };
  at::Tensor weight;  // [out,in,h,w] in `computes_in`
  at::Tensor bias;    // [out]
  OnednnConvolution how;
  at::ScalarType type = at::kFloat;
  at::ScalarType computes_in = at::kFloat;
  std::mutex mutex;
  std::vector<ForSize> prepared;

  at::Tensor weight_for(at::IntArrayRef input);
  at::Tensor plain(const at::Tensor& x) const;
};

// Undefined where oneDNN is not in use, or has seen too many sizes.
at::Tensor PreparedConvolution::State::weight_for(at::IntArrayRef input) {
  if (!weight.is_cpu() || !onednn_computes(computes_in)) return {};
  const std::lock_guard lock(mutex);
  for (const ForSize& each : prepared) {
    // The number of maps makes no difference.
    if (input[2] == each.height && input[3] == each.width) return each.weight;
  }
  if (prepared.size() == kMostSizes) return {};
  prepared.push_back({input[2], input[3], onednn_convolution_weight(weight, how, input)});
  return prepared.back().weight;
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
  if (!place.input.empty()) state_->weight_for(place.input);
}

at::Tensor PreparedConvolution::operator()(const at::Tensor& x) const {
  const c10::NoGradGuard no_grad;
  const at::Tensor map = x.to(state_->computes_in).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor weight = state_->weight_for(map.sizes());
  const at::Tensor y = weight.defined() ? onednn_convolution(map, weight, state_->bias, state_->how)
                                        : state_->plain(map);
  return y.to(state_->type);
}

at::ScalarType PreparedConvolution::type() const { return state_->type; }
const at::Tensor& PreparedConvolution::weight() const { return state_->weight; }

}  // namespace gpst
