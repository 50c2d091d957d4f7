// The attention in the middle of the decoder (numerics.md 5).
#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "tokenizer/layers.h"

namespace gpst {

// x + proj_out(softmax(q k^T / sqrt(C)) v), one head over all positions of one tile; q, k, v are
// 1x1 convolutions of the plain group norm of x. Several tiles are attended to one by one; frozen,
// as a batch, with proj_out folded into v: W_o sum_j p_j (W_v x_j + b_v) + b_o is
// sum_j p_j (W_o W_v x_j + W_o b_v + b_o), as the p_j add up to 1.
class TileAttention : public torch::nn::Module, public Freezable {
 public:
  TileAttention(int64_t channels, int64_t groups);
  at::Tensor forward(const at::Tensor& x /*[B,C,H,W]*/, int64_t tiles = 1) const;  // [B,C,H,W]
  void freeze(at::ScalarType type) override;

 private:
  at::Tensor forward_tile(const at::Tensor& x /*[B,C,H,W]*/) const;

  std::shared_ptr<NormLayer> norm_;
  std::shared_ptr<ConvLayer> q_, k_, v_, proj_out_;
  std::optional<PreparedLinear> frozen_;  // C -> 3C: q, k and proj_out of v
};

}  // namespace gpst
