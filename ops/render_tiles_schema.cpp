#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <torch/library.h>

#include "ops/check.h"
#include "ops/inference_only.h"
#include "ops/render_ops.h"
#include "ops/render_tiles.h"
#include "ops/render_tiles_ops.h"
#include "ops/token_columns.h"

namespace gpst {
namespace {

void check_tiles(std::string_view op, const at::Tensor& tokens, int64_t n) {
  check_dimensions(op, "tokens", tokens, 3, "[B*n*n, l, 5+c]");
  if (n >= 1 && n <= 1024 && tokens.size(0) % (n * n) == 0) return;
  refuse(op, fmt::format("{} tiles found, expected a multiple of {} x {}", tokens.size(0), n, n));
}

}  // namespace

namespace ops {

void check_render_tiles(const at::Tensor& tokens, int64_t tiles, int64_t height, int64_t width,
                        double dmax, at::ScalarType dtype) {
  check_inference_only("render_tiles", {tokens});
  check_tiles("render_tiles", tokens, tiles);
  check_render(tokens, height, width, dmax);
  if (dtype != tokens.scalar_type() && dtype != at::kBFloat16) {
    refuse("render_tiles",
           fmt::format("the map must be {} as the tokens are, or bfloat16, found {}",
                       c10::toString(tokens.scalar_type()), c10::toString(dtype)));
  }
}

at::Tensor empty_map(const at::Tensor& tokens, int64_t tiles, int64_t height, int64_t width,
                     at::ScalarType dtype, bool channels_last) {
  return at::empty(
      {tokens.size(0) / (tiles * tiles), tokens.size(2) - kGeometry, tiles * height, tiles * width},
      tokens.options().dtype(dtype).memory_format(channels_last ? at::MemoryFormat::ChannelsLast
                                                                : at::MemoryFormat::Contiguous));
}

at::Tensor render_tiles(const at::Tensor& tokens, int64_t tiles, int64_t height, int64_t width,
                        double dmax, at::ScalarType dtype, bool channels_last) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::render_tiles", "")
                             .typed<decltype(render_tiles)>();
  return op.call(tokens, tiles, height, width, dmax, dtype, channels_last);
}

namespace {

at::Tensor render_tiles_meta(const at::Tensor& tokens, int64_t tiles, int64_t height, int64_t width,
                             double dmax, at::ScalarType dtype, bool channels_last) {
  check_render_tiles(tokens, tiles, height, width, dmax, dtype);
  return empty_map(tokens, tiles, height, width, dtype, channels_last);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(gpst_ops, m) {
  m.def(
      "render_tiles(Tensor tokens, int tiles, int height, int width, float dmax, ScalarType dtype, "
      "bool channels_last) -> Tensor");
}

TORCH_LIBRARY_IMPL(gpst_ops, Meta, m) { m.impl("render_tiles", render_tiles_meta); }

}  // namespace ops

at::Tensor render_tiles(const at::Tensor& tokens, const RenderOptions& options,
                        const MapStorage& storage) {
  const bool channels_last = storage.format == at::MemoryFormat::ChannelsLast;
  if (!channels_last && storage.format != at::MemoryFormat::Contiguous) {
    refuse("render_tiles", "the map must be contiguous or channels-last");
  }
  return ops::render_tiles(tokens, options.tiles, options.height, options.width, options.dmax,
                           storage.dtype, channels_last);
}

at::Tensor merge_tile_tokens(const at::Tensor& tokens, int64_t n) {
  check_tiles("merging tiles", tokens, n);
  if (n == 1) return tokens;
  const int64_t pictures = tokens.size(0) / (n * n), count = tokens.size(1);
  // The middle of tile (i,j) on the canvas is ((2j+1)/n - 1, (2i+1)/n - 1); a tile's own
  // coordinates shrink by n around it.
  const at::Tensor middle = (at::arange(n, tokens.options()) * 2 + 1) / n - 1;  // [n]
  const at::Tensor middles = at::stack({middle.expand({n, n}),                  // x by column
                                        middle.unsqueeze(1).expand({n, n})},    // y by row
                                       -1)
                                 .reshape({1, n * n, 1, 2});
  const auto columns = [&](int64_t first, int64_t end) {  // [B,n*n,l,end-first]
    return tokens.slice(2, first, end).reshape({pictures, n * n, count, end - first});
  };
  return at::cat({columns(kSigmaX, kRho) / n, columns(kRho, kX),
                  columns(kX, kGeometry) / n + middles, columns(kGeometry, tokens.size(2))},
                 -1)
      .reshape({pictures, n * n * count, tokens.size(2)});  // [B,n*n*l,5+c]
}

}  // namespace gpst
