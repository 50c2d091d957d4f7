// The decoder: rendered feature map -> picture (numerics.md 5).
#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "tokenizer/config.h"
#include "tokenizer/stage_trace.h"

namespace gpst {

// Convolution, middle blocks, then level by level from the coarsest, nearest 2x between levels.
// Norms take their statistics tile by tile: see ops/tile_norm.h.
class Decoder : public torch::nn::Module {
 public:
  explicit Decoder(const TokenizerOptions& options);
  ~Decoder() override;

  // map [B,z,h,w] of tiles x tiles tiles -> pictures [B,3,h*2^(levels-1),w*2^(levels-1)], not
  // clamped. Records dec_conv_in, dec_mid_block1, dec_mid_attn, dec_mid, dec_up{i}, dec_norm_out
  // (the norm alone, before its SiLU).
  at::Tensor forward(const at::Tensor& map, int64_t tiles = 1, StageTrace* trace = nullptr);

  // The weight of the last convolution: a GAN loss balances its gradients there.
  at::Tensor last_weight() const;  // [3,ch,3,3]

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace gpst
