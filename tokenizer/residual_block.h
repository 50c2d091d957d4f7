// Residual block of stem and decoder (numerics.md 3 and 5).
#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "nn/activation_checkpointing.h"
#include "tokenizer/layers.h"

namespace gpst {

struct ResidualBlockOptions {
  int64_t in = 0;
  int64_t out = 0;
  int64_t groups = 32;
  NormKind norm = NormKind::tile;
  int64_t time_channels = 0;  // input of the unused temb_proj; 0: there is none
};

// x + conv2(silu(norm2(conv1(silu(norm1(x)))))), 3x3 convolutions; a 1x1 `nin_shortcut` takes x to
// the new channels where they change.
class ResidualBlock : public torch::nn::Module, public RecomputedBlock {
 public:
  explicit ResidualBlock(const ResidualBlockOptions& options);
  at::Tensor forward(const at::Tensor& x /*[B,in,H,W]*/, int64_t tiles = 1) const;  // [B,out,H,W]

 private:
  at::Tensor compute(const at::Tensor& x, int64_t tiles) const;

  std::shared_ptr<NormLayer> norm1_;
  std::shared_ptr<ConvLayer> conv1_;
  std::shared_ptr<NormLayer> norm2_;
  std::shared_ptr<ConvLayer> conv2_;
  std::shared_ptr<ConvLayer> shortcut_;  // null when in == out
};

}  // namespace gpst
