// Group norm and tile norm written with ATen functions.
#pragma once

#include <ATen/ATen.h>

#include "ops/group_norm_silu.h"
#include "tests/ops/support.h"

namespace gpst::test {

struct NormInputs {
  at::Tensor x;             // [B, C, H, W] float64
  at::Tensor weight, bias;  // [C] float64
};

inline NormInputs norm_inputs(int64_t batch, int64_t channels, int64_t height, int64_t width) {
  return {uniform({batch, channels, height, width}, 1, -2, 3), uniform({channels}, 2, 0.5, 1.5),
          uniform({channels}, 3, -1, 1)};
}

// [B, C, H, W] -> per-pixel statistic [B, G, 1, H, W] of an n x n grid of tiles.
inline at::Tensor enlarged(const at::Tensor& per_tile /*[B, G, n, n]*/, int64_t height,
                           int64_t width) {
  return at::upsample_bicubic2d(per_tile, at::IntArrayRef{height, width}, false, std::nullopt,
                                std::nullopt)
      .unsqueeze(2);
}

inline at::Tensor plain_tile_norm(const NormInputs& in, const NormOptions& options) {
  const int64_t b = in.x.size(0), c = in.x.size(1), h = in.x.size(2), w = in.x.size(3);
  const int64_t g = options.groups, n = options.tiles;
  const at::Tensor tiles = in.x.reshape({b, g, c / g, n, h / n, n, w / n})
                               .permute({0, 1, 3, 5, 2, 4, 6})
                               .reshape({b, g, n, n, -1});
  const at::Tensor mean = tiles.mean(-1);                                 // [B, G, n, n]
  const at::Tensor deviation = tiles.var(-1, /*unbiased=*/false).sqrt();  // [B, G, n, n]
  const at::Tensor grouped = in.x.reshape({b, g, c / g, h, w});
  const at::Tensor normalised =
      (grouped - enlarged(mean, h, w)) / (enlarged(deviation, h, w) + options.eps);
  return normalised.reshape({b, c, h, w}) * in.weight.view({1, c, 1, 1}) +
         in.bias.view({1, c, 1, 1});
}

inline at::Tensor plain_norm(const NormInputs& in, const NormOptions& options) {
  const at::Tensor z =
      options.kind == NormKind::tile
          ? plain_tile_norm(in, options)
          : at::group_norm(in.x, options.groups, in.weight, in.bias, options.eps, false);
  return options.activation == Activation::silu ? at::silu(z) : z;
}

}  // namespace gpst::test
