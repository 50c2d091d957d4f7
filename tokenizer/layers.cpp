#include "tokenizer/layers.h"

#include <ATen/ATen.h>

#include "nn/placed_weights.h"

namespace gpst {
namespace {

constexpr double kLayerNormEps = 1e-5;

}  // namespace

ConvLayer::ConvLayer(int64_t in, int64_t out, int64_t kernel)
    : weight_(register_parameter("weight", at::empty({out, in, kernel, kernel}))),
      bias_(register_parameter("bias", at::empty({out}))) {}

at::Tensor ConvLayer::forward(const at::Tensor& x) const {
  if (prepared_) return (*prepared_)(x);
  const int64_t padding = weight_.size(2) / 2;
  return at::conv2d(x, weight_, bias_, /*stride=*/1, padding);
}

at::Tensor ConvLayer::matrix() const {
  return weight_.flatten(1);  // [out,in]
}

void ConvLayer::drop_weights() {
  drop_weight(weight_);
  drop_weight(bias_);
}

void ConvLayer::freeze(at::ScalarType type) {
  if (weight_.numel() == 0) return;
  const int64_t padding = weight_.size(2) / 2;
  prepared_.emplace(weight_, bias_, ConvolutionPlace{.padding = {padding, padding}}, Epilogue::none,
                    type);
  drop_weights();
}

at::Tensor format_for_products(const at::Tensor& map) {
  return map.is_cuda() ? map.contiguous(at::MemoryFormat::ChannelsLast) : map;
}

NormLayer::NormLayer(int64_t channels, int64_t groups, NormKind kind)
    : weight_(register_parameter("weight", at::empty({channels}))),
      bias_(register_parameter("bias", at::empty({channels}))),
      options_{.groups = groups, .eps = 1e-6, .kind = kind} {}

at::Tensor NormLayer::forward(const at::Tensor& x, Activation activation, int64_t tiles) const {
  NormOptions options = options_;
  options.activation = activation;
  options.tiles = tiles;
  return norm_silu(x, weight_, bias_, options);
}

LayerNormLayer::LayerNormLayer(int64_t width)
    : weight_(register_parameter("weight", at::empty({width}))),
      bias_(register_parameter("bias", at::empty({width}))) {}

at::Tensor LayerNormLayer::forward(const at::Tensor& x) const {
  return at::layer_norm(x, weight_.sizes(), weight_, bias_, kLayerNormEps);
}

ResidualAndNorm LayerNormLayer::forward_sum(const at::Tensor& x, const at::Tensor& y) const {
  return gate_residual_norm(x, frozen_->gate, y, frozen_->shift, frozen_->scale, kLayerNormEps);
}

void LayerNormLayer::freeze(at::ScalarType) {
  const at::NoGradGuard no_grad;
  frozen_ = Frozen{at::ones_like(weight_).unsqueeze(0), bias_.detach().unsqueeze(0),
                   (weight_ - 1).unsqueeze(0)};
}

PreparedLinear prepared(Affine& layer, at::ScalarType type) {
  PreparedLinear result(layer.weight, layer.bias, type);
  drop_weight(layer.weight);
  drop_weight(layer.bias);
  return result;
}

GeluMlp::GeluMlp(int64_t in, int64_t hidden, int64_t out)
    : first_(register_module("0", std::make_shared<Affine>(in, hidden))),
      second_(register_module("2", std::make_shared<Affine>(hidden, out))) {}

void GeluMlp::freeze(at::ScalarType type) {
  frozen_ = {prepared(*first_, type), prepared(*second_, type)};
}

at::Tensor GeluMlp::forward(const at::Tensor& x) const {
  if (frozen_) {
    at::Tensor hidden = frozen_->first(x);
    return frozen_->second(at::gelu_(hidden));
  }
  return second_->forward(at::gelu(first_->forward(x)));
}

}  // namespace gpst
