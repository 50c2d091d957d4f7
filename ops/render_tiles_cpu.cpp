#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/render_ops.h"
#include "ops/render_tiles.h"
#include "ops/render_tiles_ops.h"

namespace gpst::ops {
namespace {

at::Tensor render_tiles_cpu(const at::Tensor& tokens, int64_t tiles, int64_t height, int64_t width,
                            double dmax, at::ScalarType dtype, bool channels_last) {
  check_render_tiles(tokens, tiles, height, width, dmax, dtype);
  const at::Tensor merged = merge_tile_tokens(tokens, tiles);                  // [B,n*n*l,5+c]
  const at::Tensor map = render(merged, tiles * height, tiles * width, dmax);  // [B,c,nH,nW]
  return map.to(dtype, /*non_blocking=*/false, /*copy=*/false,
                channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) { m.impl("render_tiles", render_tiles_cpu); }

}  // namespace gpst::ops
