#include "tokenizer/tile_attention.h"

#include <ATen/ATen.h>

#include "nn/attention.h"
#include "tokenizer/tile_grid.h"

namespace gpst {

TileAttention::TileAttention(int64_t channels, int64_t groups) {
  const auto projection = [&] { return std::make_shared<ConvLayer>(channels, channels, 1); };
  norm_ = register_module("norm", std::make_shared<NormLayer>(channels, groups, NormKind::group));
  q_ = register_module("q", projection());
  k_ = register_module("k", projection());
  v_ = register_module("v", projection());
  proj_out_ = register_module("proj_out", projection());
}

void TileAttention::freeze(at::ScalarType type) {
  const at::NoGradGuard no_grad;
  const at::Tensor out = proj_out_->matrix();  // [C,C]
  const at::Tensor bias = at::addmv(proj_out_->bias(), out, v_->bias());
  frozen_.emplace(at::cat({q_->matrix(), k_->matrix(), at::mm(out, v_->matrix())}),
                  at::cat({q_->bias(), k_->bias(), bias}), type);
  for (const auto& projection : {q_, k_, v_, proj_out_}) projection->drop_weights();
}

at::Tensor TileAttention::forward_tile(const at::Tensor& x) const {
  const at::Tensor positions = norm_->forward(x, Activation::none)
                                   .flatten(2)        // [B,C,P], P = H*W
                                   .transpose(1, 2);  // [B,P,C]
  at::Tensor result;                                  // [B,P,C]
  if (frozen_) {
    result = frozen_attention((*frozen_)(positions), /*heads=*/1);
  } else {
    const at::Tensor weight = at::cat({q_->matrix(), k_->matrix(), v_->matrix()});  // [3C,C]
    const at::Tensor bias = at::cat({q_->bias(), k_->bias(), v_->bias()});
    const at::Tensor mixed =
        multi_head_attention(at::linear(positions, weight, bias), /*heads=*/1);  // [B,P,C]
    result = at::linear(mixed, proj_out_->matrix(), proj_out_->bias());
  }
  return x + result.transpose(1, 2).view_as(x);  // [B,C,H,W]
}

at::Tensor TileAttention::forward(const at::Tensor& x, int64_t tiles) const {
  if (tiles == 1) return forward_tile(x);
  if (frozen_) return join_tiles(forward_tile(cut_tiles(x, tiles)), tiles);
  std::vector<at::Tensor> rows;
  for (const at::Tensor& row : x.chunk(tiles, 2)) {  // [B,C,H/n,W]
    std::vector<at::Tensor> attended;
    for (const at::Tensor& tile : row.chunk(tiles, 3)) {  // [B,C,H/n,W/n]
      attended.push_back(forward_tile(tile.contiguous()));
    }
    rows.push_back(at::cat(attended, 3));
  }
  return at::cat(rows, 2);  // [B,C,H,W]
}

}  // namespace gpst
