// The decoder: rendered feature map -> picture (numerics.md 5).
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "tokenizer/config.h"
#include "tokenizer/stage_trace.h"

namespace gpst {

class ConvLayer;
class Holder;
class NormLayer;
class ResidualBlock;
class TileAttention;
class UpsampleConv;

// Convolution, middle blocks, then level by level from the coarsest, nearest 2x between levels.
// Norms take their statistics tile by tile: see ops/tile_norm.h.
class Decoder : public torch::nn::Module {
 public:
  explicit Decoder(const TokenizerOptions& options);

  // map [B,z,h,w] of tiles x tiles tiles -> pictures [B,3,h*2^(levels-1),w*2^(levels-1)], not
  // clamped. Records dec_conv_in, dec_mid_block1, dec_mid_attn, dec_mid, dec_up{i}, dec_norm_out
  // (the norm alone, before its SiLU).
  at::Tensor forward(const at::Tensor& map, int64_t tiles = 1, StageTrace* trace = nullptr) const;

  // The weight of the last convolution: a GAN loss balances its gradients there.
  at::Tensor last_weight() const;  // [3,ch,3,3]

 private:
  struct Level {
    std::vector<std::shared_ptr<ResidualBlock>> blocks;
    std::shared_ptr<UpsampleConv> upsample;  // null at level 0
  };
  at::Tensor middle(at::Tensor x, int64_t tiles, StageTrace* trace) const;
  // Returns the channels that leave the level.
  int64_t add_level(const TokenizerOptions& options, int64_t level, int64_t channels,
                    Holder& holder);

  std::shared_ptr<ConvLayer> conv_in_;
  std::shared_ptr<ResidualBlock> mid_block_1_, mid_block_2_;
  std::shared_ptr<TileAttention> mid_attention_;  // null without mid_attention
  std::vector<Level> levels_;                     // finest first
  std::shared_ptr<NormLayer> norm_out_;
  std::shared_ptr<ConvLayer> conv_out_;
};

}  // namespace gpst
