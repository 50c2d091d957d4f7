// One attention block of the encoder (numerics.md 3).
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <optional>

#include "nn/activation_checkpointing.h"
#include "tokenizer/layers.h"

namespace gpst {

// Self-attention over the tokens of a picture, packed projection in the order q, k, v.
// State: in_proj_weight [3C,C], in_proj_bias [3C], out_proj.{weight,bias}. Frozen: x and the result
// in the type.
class SelfAttention : public torch::nn::Module, public Freezable {
 public:
  SelfAttention(int64_t width, int64_t heads);
  at::Tensor forward(const at::Tensor& x /*[B,l,C]*/) const;  // [B,l,C]
  void freeze(at::ScalarType type) override;

 private:
  struct Frozen {
    PreparedLinear in, out;
  };
  int64_t heads_;
  at::Tensor in_proj_weight_;  // [3C,C]
  at::Tensor in_proj_bias_;    // [3C]
  std::shared_ptr<Affine> out_proj_;
  std::optional<Frozen> frozen_;
};

// x += features; x += attention(LN(x)); x += MLP(LN(x)). The features are what this block's
// weighting of the RoI bins (`roimlp`) gives; the encoder computes them for all blocks at once.
// Frozen in bfloat16 the tokens between the layers and the weighting stay float32; sums and norms
// are taken in one pass.
class EncoderBlock : public torch::nn::Module, public Freezable, public RecomputedBlock {
 public:
  EncoderBlock(int64_t width, int64_t heads, int64_t bins /*r*r*/);
  at::Tensor forward(const at::Tensor& x /*[B,l,C]*/,
                     const at::Tensor& features /*[B,l,C]*/) const;  // [B,l,C]
  const Affine& bin_weights() const { return *roimlp_; }             // [1,r*r]
  void freeze(at::ScalarType type) override;

 private:
  at::Tensor compute(const at::Tensor& x, const at::Tensor& features) const;

  std::shared_ptr<Affine> roimlp_;
  std::shared_ptr<LayerNormLayer> ln1_, ln2_;
  std::shared_ptr<SelfAttention> attn1_;
  std::shared_ptr<GeluMlp> mlp_;
  bool frozen_ = false;
};

}  // namespace gpst
