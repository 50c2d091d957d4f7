#include "tokenizer/layers.h"

#include <ATen/ATen.h>

namespace gpst {
namespace {

constexpr double kLayerNormEps = 1e-5;

}  // namespace

ConvLayer::ConvLayer(int64_t in, int64_t out, int64_t kernel)
    : weight_(register_parameter("weight", at::zeros({out, in, kernel, kernel}))),
      bias_(register_parameter("bias", at::zeros({out}))) {}

at::Tensor ConvLayer::forward(const at::Tensor& x) const {
  if (prepared_) return (*prepared_)(x);
  const int64_t padding = weight_.size(2) / 2;
  return at::conv2d(x, weight_, bias_, /*stride=*/1, padding);
}

at::Tensor ConvLayer::matrix() const {
  return weight_.flatten(1);  // [out,in]
}

void ConvLayer::freeze(at::ScalarType type) {
  const at::NoGradGuard no_grad;
  const int64_t padding = weight_.size(2) / 2;
  prepared_.emplace(weight_, bias_, ConvolutionPlace{.padding = {padding, padding}}, Epilogue::none,
                    type);
  weight_.set_data(prepared_->weight().to(type));
  bias_.set_data(bias_.to(type));
}

at::Tensor format_for_products(const at::Tensor& map) {
  return map.is_cuda() ? map.contiguous(at::MemoryFormat::ChannelsLast) : map;
}

NormLayer::NormLayer(int64_t channels, int64_t groups, NormKind kind)
    : weight_(register_parameter("weight", at::zeros({channels}))),
      bias_(register_parameter("bias", at::zeros({channels}))),
      options_{.groups = groups, .eps = 1e-6, .kind = kind} {}

at::Tensor NormLayer::forward(const at::Tensor& x, Activation activation, int64_t tiles) const {
  NormOptions options = options_;
  options.activation = activation;
  options.tiles = tiles;
  return norm_silu(x, weight_, bias_, options);
}

LayerNormLayer::LayerNormLayer(int64_t width)
    : weight_(register_parameter("weight", at::zeros({width}))),
      bias_(register_parameter("bias", at::zeros({width}))) {}

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

GeluMlp::GeluMlp(int64_t in, int64_t hidden, int64_t out)
    : first_(register_module("0", std::make_shared<Affine>(in, hidden))),
      second_(register_module("2", std::make_shared<Affine>(hidden, out))) {}

void GeluMlp::convert(at::ScalarType type) {
  first_->convert(type);
  second_->convert(type);
}

at::Tensor GeluMlp::forward(const at::Tensor& x) const {
  return second_->forward(at::gelu(first_->forward(x)));
}

}  // namespace gpst
