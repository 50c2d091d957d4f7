#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/render_ops.h"
#include "ops/render_pictures.h"
#include "ops/render_tiles.h"
#include "ops/render_tiles_ops.h"

namespace gpst::ops {
namespace {

// Of float32 tokens into a channels-last map: the pixels as the kernel holds them. E: as in
// render_kernel.h.
template <class E>
void render_into(const at::Tensor& tokens /* [B, l, 5+c] */, double dmax, const at::Tensor& map) {
  const cpu::RenderShape shape = render_shape(tokens, map.size(2), map.size(3), dmax);
  const float* source = tokens.const_data_ptr<float>();
  E* target = static_cast<E*>(map.mutable_data_ptr());
  const int64_t token_size = tokens.size(1) * tokens.size(2);
  const int64_t map_size = shape.channels * shape.height * shape.width;
  for_pictures<float>(tokens.size(0), shape, [&](int64_t picture, std::byte* workspace) {
    cpu::with_simd_level([&](auto level) {
      cpu::render_pixels<level(), E>(shape, source + picture * token_size, workspace,
                                     target + picture * map_size);
    });
  });
}

at::Tensor render_tiles_cpu(const at::Tensor& tokens, int64_t tiles, int64_t height, int64_t width,
                            double dmax, at::ScalarType dtype, bool channels_last) {
  check_render_tiles(tokens, tiles, height, width, dmax, dtype);
  const at::Tensor merged = merge_tile_tokens(tokens, tiles).contiguous();  // [B,n*n*l,5+c]
  if (!channels_last || tokens.scalar_type() != at::kFloat) {
    return render(merged, tiles * height, tiles * width, dmax)  // [B,c,nH,nW]
        .to(dtype, /*non_blocking=*/false, /*copy=*/false,
            channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
  }
  const at::Tensor map = empty_map(tokens, tiles, height, width, dtype, channels_last);
  dtype == at::kFloat ? render_into<float>(merged, dmax, map)
                      : render_into<uint16_t>(merged, dmax, map);
  return map;
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) { m.impl("render_tiles", render_tiles_cpu); }

}  // namespace gpst::ops
