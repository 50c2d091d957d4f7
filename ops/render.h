// Splatting renderer (numerics, section 4): a sum of two-dimensional Gaussians on a canvas.
//
// For pixel (px, py) and a token with deviations sx, sy, correlation rho, centre (x, y), features
// f:
//   dx = px - x, dy = py - y
//   skipped where |dx| > dmax * sx or |dy| > dmax * sy
//   w = exp(-(dx^2/sx^2 - 2 rho dx dy/(sx sy) + dy^2/sy^2) / (2 (1 - rho^2)))
//   map[:, pixel] += w * f
// Additive, unnormalised, no order. Pixel i of n sits at 2i/(n-1) - 1 (at 0 when n is 1).
//
// A token with sx <= 0 or sy <= 0 adds nothing and gets no gradient. A NaN or infinity in a token
// is not refused: it reaches every pixel of its support as the formula says (a NaN centre or
// deviation has the whole canvas as support along that axis), so that a diverged run shows itself.
// The gradient holds the support fixed. It cannot be differentiated a second time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gpst {

struct RenderOptions {
  int64_t height = 64;  // pixels of one tile (gps_rs)
  int64_t width = 64;
  double dmax = 3;    // half size of the support box, in deviations (gps_dmax)
  int64_t tiles = 1;  // the canvas is tiles*height x tiles*width; tokens are merged beforehand
};

// Returns the map [B, c, tiles*height, tiles*width] in the dtype of the tokens. Every pixel adds
// its tokens in their order, so the result depends neither on the batch nor on the number of
// threads. Throws InputError: tokens not [B, l, 5+c] with c >= 1, not float32/float64, a size or
// dmax not positive.
at::Tensor render(const at::Tensor& tokens,  // [B, l, 5+c] float32 or float64
                  const RenderOptions& options);

}  // namespace gpst
