// The few layers that encoder and decoder are built from. Unlike those of torch::nn they draw no
// random numbers: weights are unset until they come from a file or from initialise().
#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "nn/affine.h"
#include "nn/prepared_convolution.h"
#include "nn/prepared_linear.h"
#include "ops/group_norm_silu.h"
#include "ops/layer_norm_modulate.h"
#include "tokenizer/freezable.h"

namespace gpst {

// Convolution with a square kernel of odd side, stride 1, zero padding that keeps the size.
// State: weight [out,in,k,k], bias [out]. Frozen: prepared, x channels-last in the type.
class ConvLayer : public torch::nn::Module, public Freezable {
 public:
  ConvLayer(int64_t in, int64_t out, int64_t kernel);
  at::Tensor forward(const at::Tensor& x) const;  // [B,in,H,W] -> [B,out,H,W]
  const at::Tensor& weight() const { return weight_; }
  const at::Tensor& bias() const { return bias_; }
  at::Tensor matrix() const;  // of a 1x1 kernel: weight as [out,in]
  // For an outer layer that took over what this one computes.
  void drop_weights();
  // Unless dropped.
  void freeze(at::ScalarType type) override;

 private:
  at::Tensor weight_;  // [out,in,k,k]
  at::Tensor bias_;    // [out]
  std::optional<PreparedConvolution> prepared_;
};

// The memory format of maps: channels-last on a GPU, whose convolutions and norms read it, else as
// it is.
at::Tensor format_for_products(const at::Tensor& map /*[B,C,H,W]*/);

// Group or tile norm with scale and shift (ops/group_norm_silu.h), eps 1e-6. State: weight, bias,
// float32 whatever the type of x.
class NormLayer : public torch::nn::Module {
 public:
  NormLayer(int64_t channels, int64_t groups, NormKind kind);
  at::Tensor forward(const at::Tensor& x /*[B,C,H,W]*/, Activation activation,
                     int64_t tiles = 1) const;  // [B,C,H,W]

 private:
  at::Tensor weight_;  // [C]
  at::Tensor bias_;    // [C]
  NormOptions options_;
};

// Layer norm over the last axis with scale and shift, eps 1e-5. State: weight, bias.
class LayerNormLayer : public torch::nn::Module, public Freezable {
 public:
  explicit LayerNormLayer(int64_t width);
  at::Tensor forward(const at::Tensor& x /*[B,l,C]*/) const;  // [B,l,C]
  // x + y [B,l,C] and the norm of that in the type of y, in one pass. Once frozen.
  ResidualAndNorm forward_sum(const at::Tensor& x, const at::Tensor& y) const;
  void freeze(at::ScalarType type) override;

 private:
  struct Frozen {
    at::Tensor gate, shift, scale;  // [1,C]: ones, bias, weight - 1
  };
  at::Tensor weight_;  // [C]
  at::Tensor bias_;    // [C]
  std::optional<Frozen> frozen_;
};

// Prepares a linear layer and drops its weights.
PreparedLinear prepared(Affine& layer, at::ScalarType type);

// Linear, GELU (erf), Linear. State: 0.weight, 0.bias, 2.weight, 2.bias. Frozen: x and the result
// in the type.
class GeluMlp : public torch::nn::Module {
 public:
  GeluMlp(int64_t in, int64_t hidden, int64_t out);
  at::Tensor forward(const at::Tensor& x /*[...,in]*/) const;  // [...,out]
  void freeze(at::ScalarType type);                            // by the layer around it

 private:
  struct Frozen {
    PreparedLinear first, second;
  };
  std::shared_ptr<Affine> first_;
  std::shared_ptr<Affine> second_;
  std::optional<Frozen> frozen_;
};

// A module that only holds others under names such as "0", "1", ...
class Holder : public torch::nn::Module {
 public:
  template <class T>
  std::shared_ptr<T> add(const std::string& name, std::shared_ptr<T> child) {
    return register_module(name, std::move(child));
  }
};

}  // namespace gpst
