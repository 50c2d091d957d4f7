#include "tokenizer/encoder_block.h"

#include <ATen/ATen.h>

#include "nn/attention.h"
#include "nn/placed_weights.h"

namespace gpst {

SelfAttention::SelfAttention(int64_t width, int64_t heads)
    : heads_(heads),
      in_proj_weight_(register_parameter("in_proj_weight", at::empty({3 * width, width}))),
      in_proj_bias_(register_parameter("in_proj_bias", at::empty({3 * width}))),
      out_proj_(register_module("out_proj", std::make_shared<Affine>(width, width))) {}

at::Tensor SelfAttention::forward(const at::Tensor& x) const {
  if (frozen_) return frozen_->out(frozen_attention(frozen_->in(x), heads_));
  const at::Tensor qkv = at::linear(x, in_proj_weight_, in_proj_bias_);  // [B,l,3C]
  return out_proj_->forward(multi_head_attention(qkv, heads_));
}

void SelfAttention::freeze(at::ScalarType type) {
  frozen_ = {PreparedLinear(in_proj_weight_, in_proj_bias_, type), prepared(*out_proj_, type)};
  drop_weight(in_proj_weight_);
  drop_weight(in_proj_bias_);
}

EncoderBlock::EncoderBlock(int64_t width, int64_t heads, int64_t bins)
    : roimlp_(register_module("roimlp", std::make_shared<Affine>(bins, 1))),
      ln1_(register_module("ln1", std::make_shared<LayerNormLayer>(width))),
      ln2_(register_module("ln2", std::make_shared<LayerNormLayer>(width))),
      attn1_(register_module("attn1", std::make_shared<SelfAttention>(width, heads))),
      mlp_(register_module("mlp", std::make_shared<GeluMlp>(width, 4 * width, width))) {}

at::Tensor EncoderBlock::forward(const at::Tensor& x, const at::Tensor& features) const {
  if (frozen_) {
    const ResidualAndNorm seen = ln1_->forward_sum(x, features);
    const ResidualAndNorm mixed = ln2_->forward_sum(seen.sum, attn1_->forward(seen.norm));
    return mixed.sum + mlp_->forward(mixed.norm);
  }
  return run(*this, {x, features},
             [this](const auto& inputs) { return compute(inputs[0], inputs[1]); });
}

at::Tensor EncoderBlock::compute(const at::Tensor& x, const at::Tensor& features) const {
  at::Tensor h = x + features;
  h = h + attn1_->forward(ln1_->forward(h));
  return h + mlp_->forward(ln2_->forward(h));
}

void EncoderBlock::freeze(at::ScalarType type) {
  mlp_->freeze(type);
  frozen_ = true;
}

}  // namespace gpst
