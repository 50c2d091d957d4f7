// One Gaussian of the renderer on the device: support, weight and derivatives, side by side.
//
// With u = dx/sx, v = dy/sy, c = 1/sqrt(1 - rho^2) and t = c (u - rho v) the exponent of numerics 4
// is a sum of squares, which loses no digits when |rho| comes near 1:
//   w = exp(-(t^2 + v^2) / 2) = 2^-(t'^2 + v'^2),  t' = k t, v' = k v, k = sqrt(log2(e) / 2)
// so that a weight is one exponential to base 2 without a factor. With s = v - rho c t:
//   dw/dx  = w t c / sx        dw/dsx = w t c u / sx
//   dw/dy  = w s / sy          dw/dsy = w s v / sy        dw/drho = w t c s
// Over the pixels of a support box, with g = sum over channels of grad * feature, all five
// gradients follow from five sums of w g times t, t^2, v, v t and v^2 (as u = t/c + rho v).
//
// Everything is float32. 1 - rho^2 as (1 - rho)(1 + rho) keeps its digits, since one factor is
// exact; which pixels are inside is decided by the very comparisons of the CPU
// (ops/cpu/gaussian.h).
#pragma once

#include <cstdint>

#include "cuda/simt.h"
#include "ops/token_columns.h"

namespace gpst::cuda {
namespace {

constexpr float kExponentScale = 0.84932180028801904f;  // k
constexpr float kLargestFloat = 3.402823466e38f;

// Where the pixels of one axis sit: pixel i of n at 2i/(n-1) - 1 (at 0 when n is 1). A quotient of
// two integers corrected once is the CPU's coordinate, to the bit, for every n up to 16384.
struct Axis {
  int pixels;
  float last;     // n - 1
  float inverse;  // 1 / (n - 1), 0 when n is 1

  __device__ __forceinline__ float coordinate(int index) const {
    const float numerator = static_cast<float>(2 * index - (pixels - 1));
    const float quotient = numerator * inverse;
    return fmaf(fmaf(-quotient, last, numerator), inverse, quotient);
  }
};

inline Axis make_axis(int64_t pixels) {
  const auto last = static_cast<float>(pixels - 1);
  return {static_cast<int>(pixels), last, pixels == 1 ? 0.0f : 1.0f / last};
}

// Inside the support: written so that a NaN counts as inside.
__device__ __forceinline__ bool is_inside(float distance, float limit) {
  return !(fabsf(distance) > limit);
}

// Position and support of a Gaussian on the canvas.
struct Box {
  float x, y;
  float limit_x, limit_y;  // dmax * sigma
};

// False when no coordinate from `first` to `last` can be inside; exact for a single pixel.
__device__ __forceinline__ bool touches(float first, float last, float centre, float limit) {
  return !(first - centre > limit || centre - last > limit);
}

// What a weight needs. limit_x <= 0 or limit_y <= 0 is a Gaussian without extent: not drawn.
struct Shape {
  float slope;      // k c / sx
  float inverse_y;  // k / sy
  float rho_c;      // rho c
};

// A token's first five numbers, on the canvas.
struct Geometry {
  float sigma_x, sigma_y, rho, x, y;

  __device__ __forceinline__ bool has_extent() const { return !(sigma_x <= 0 || sigma_y <= 0); }
  __device__ __forceinline__ Box box(float dmax) const {
    return {x, y, dmax * sigma_x, dmax * sigma_y};
  }
  __device__ __forceinline__ float c() const { return 1.0f / sqrtf((1.0f - rho) * (1.0f + rho)); }
  // The inverse of the smallest deviations stays finite: times a distance of 0 it is 0.
  __device__ __forceinline__ float inverse_sigma_y() const {
    const float inverse = 1.0f / sigma_y;
    return inverse > kLargestFloat ? kLargestFloat : inverse;
  }
  __device__ __forceinline__ Shape shape() const {
    const float factor = c();
    return {factor / sigma_x * kExponentScale, inverse_sigma_y() * kExponentScale, rho * factor};
  }
};

__device__ __forceinline__ Geometry load_geometry(const float* __restrict__ token /*[5+c]*/) {
  return {token[kSigmaX], token[kSigmaY], token[kRho], token[kX], token[kY]};
}

// n x n tiles of a picture on one canvas (numerics, section 4): sigma / n, x / n + middle of the
// tile's column, y / n + middle of its row, rounded as the ATen expressions of merge_tiles.
struct TileMerge {
  int tiles;             // n
  int tokens;            // l of a tile
  bool is_power_of_2;    // then dividing by n is multiplying by its inverse
  float count, inverse;  // n and 1 / n

  __device__ __forceinline__ float divided(float value) const {
    return is_power_of_2 ? value * inverse : value / count;
  }
  __device__ __forceinline__ float middle(int index) const {
    return static_cast<float>(2 * index + 1) / count - 1.0f;
  }
  // `token` counts the tokens of all tiles of the picture.
  __device__ __forceinline__ Geometry on_canvas(Geometry g, int token) const {
    if (tiles == 1) return g;
    const int tile = token / tokens;
    return {divided(g.sigma_x), divided(g.sigma_y), g.rho, divided(g.x) + middle(tile % tiles),
            divided(g.y) + middle(tile / tiles)};
  }
};

inline TileMerge make_tile_merge(int64_t tiles, int64_t tokens) {
  const auto count = static_cast<float>(tiles);
  return {static_cast<int>(tiles), static_cast<int>(tokens), (tiles & (tiles - 1)) == 0, count,
          1.0f / count};
}

// What one row of pixels has in common: t' = slope * dx - offset.
struct Row {
  float v, offset;  // v'
};

__device__ __forceinline__ Row make_row(const Shape& shape, float dy) {
  const float v = dy * shape.inverse_y;
  return {v, v * shape.rho_c};
}

// t' of a pixel of the row.
__device__ __forceinline__ float along_row(const Shape& shape, const Row& row, float dx) {
  return fmaf(dx, shape.slope, -row.offset);
}

__device__ __forceinline__ float weight(const Row& row, float t) {
  return fast_exp2(-fmaf(t, t, row.v * row.v));
}

// Sums over a box of w g times what the name says, in t' and v'.
struct BoxSums {
  float t, t2, v, vt, v2;

  __device__ __forceinline__ void add(float wg, float along, float across) {
    const float wgt = wg * along, wgv = wg * across;
    t += wgt;
    t2 = fmaf(wgt, along, t2);
    v += wgv;
    vt = fmaf(wgv, along, vt);
    v2 = fmaf(wgv, across, v2);
  }
};

// The five geometry columns of a token's gradient.
__device__ __forceinline__ void store_geometry_gradient(const Geometry& g, const BoxSums& scaled,
                                                        float* grad_token /*[5+c]*/) {
  constexpr float kOnce = 1.0f / kExponentScale, kTwice = kOnce * kOnce;
  const float t = scaled.t * kOnce, v = scaled.v * kOnce;
  const float t2 = scaled.t2 * kTwice, vt = scaled.vt * kTwice, v2 = scaled.v2 * kTwice;
  const float c = g.c(), rho_c = g.rho * c;
  const float c_x = c / g.sigma_x, inverse_y = g.inverse_sigma_y();
  grad_token[kX] = c_x * t;
  grad_token[kSigmaX] = c_x * (t2 / c + g.rho * vt);
  grad_token[kY] = inverse_y * (v - rho_c * t);
  grad_token[kSigmaY] = inverse_y * (v2 - rho_c * vt);
  grad_token[kRho] = c * (vt - rho_c * t2);
}

}  // namespace
}  // namespace gpst::cuda
