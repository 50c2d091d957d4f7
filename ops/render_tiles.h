// Renderer for decoding (numerics, section 4): the n x n tiles of every picture are put on one
// canvas and rendered, in one step and into the form a decoder reads. The same numbers as
// merge_tiles followed by render (ops/render.h), without the merged tokens in memory.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/MemoryFormat.h>

#include "ops/render.h"

namespace gpst {

// How the map is stored. Sums are made in the dtype of the tokens and rounded once.
struct MapStorage {
  at::ScalarType dtype = at::kFloat;  // of the map: that of the tokens, or bfloat16
  at::MemoryFormat format = at::MemoryFormat::Contiguous;  // or ChannelsLast
};

// Returns the map [B, c, n*height, n*width] for n = options.tiles (1 included). Tiles of a picture
// are neighbours in the batch, in row-major order. Throws InputError: tokens not [B*n*n, l, 5+c]
// with c >= 1, not float32/float64 (on CUDA: not float32), a number of tiles that is not a multiple
// of n*n, another dtype or format, a size or dmax not positive, or an input that needs a gradient
// (render merged tokens then).
at::Tensor render_tiles(const at::Tensor& tokens,  // [B*n*n, l, 5+c]
                        const RenderOptions& options, const MapStorage& storage = {});

// Puts the n x n tiles of every picture on one canvas n times as large: sigma/n,
// x' = -1 + (2j+x+1)/n, y' = -1 + (2i+y+1)/n for tile row i and column j. Differentiable. Throws
// InputError when n < 1 or the number of tiles is not a multiple of n*n.
at::Tensor merge_tile_tokens(const at::Tensor& tokens,  // [B*n*n, l, 5+c]
                             int64_t n);                // -> [B, n*n*l, 5+c]

}  // namespace gpst
