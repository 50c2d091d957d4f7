// What the renderer prepares once per picture: coordinates, constants and boxes of the tokens, and
// the memory of one band of the canvas.
//
// The canvas is worked on in bands of rows that fit the first-level cache, each kept as pixels
// [rows, W, padded c]: a pixel's channels are a few whole vectors, whatever the width of a support
// box (4 to 10 pixels for most tokens).
#pragma once

#include <cstddef>

#include "ops/cpu/arena.h"
#include "ops/cpu/gaussian.h"
#include "ops/cpu/render_kernel.h"
#include "ops/cpu/simd.h"

namespace gpst::cpu {
namespace {

template <class T>
int64_t rows_of_band(const RenderShape& shape) {
  constexpr int64_t kBandBytes = 16 << 10;
  const int64_t row_bytes = shape.width * padded<T>(shape.channels) * int64_t{sizeof(T)};
  return smaller(shape.height, larger(1, kBandBytes / row_bytes));
}

// A token ready to be drawn. The box is empty where there is nothing to draw (sigma <= 0).
template <class T>
struct PreparedToken {
  Gaussian gaussian;
  Span columns, rows;
  T x, y;
};

template <class T>
struct Workspace {
  RenderShape shape;
  int64_t stride;         // padded c: elements from pixel to pixel
  int64_t weight_stride;  // elements from row to row of the three below
  int64_t band_rows;
  PreparedToken<T>* tokens;  // [l]
  BoxSums* sums;             // [l]
  T* band;                   // [band_rows, W, padded c]
  T* weight;                 // [band_rows, weight_stride]: w, then w t, w t^2 for the gradient
  T* weight_t;
  T* weight_t2;
  T* feature;           // [l, padded c]
  T* feature_gradient;  // [l, padded c]
  T* columns;           // [weight_stride] coordinates; rows of pixels are computed in whole vectors
  T* rows;              // [H] coordinates
  size_t bytes;
};

// Lays out the parts in memory; writes nothing.
template <class T>
Workspace<T> lay_out(const RenderShape& shape, std::byte* memory) {
  Arena arena(memory);
  Workspace<T> w{};
  w.shape = shape;
  w.stride = padded<T>(shape.channels);
  w.weight_stride = padded<T>(shape.width) + kLanes<T>;
  w.band_rows = rows_of_band<T>(shape);
  w.tokens = arena.take<PreparedToken<T>>(shape.tokens);
  w.sums = arena.take<BoxSums>(shape.tokens);
  w.band = arena.take<T>(w.band_rows * shape.width * w.stride);
  w.weight = arena.take<T>(w.band_rows * w.weight_stride);
  w.weight_t = arena.take<T>(w.band_rows * w.weight_stride);
  w.weight_t2 = arena.take<T>(w.band_rows * w.weight_stride);
  w.feature = arena.take<T>(shape.tokens * w.stride);
  w.feature_gradient = arena.take<T>(shape.tokens * w.stride);
  w.columns = arena.take<T>(w.weight_stride);
  w.rows = arena.take<T>(shape.height);
  w.bytes = arena.used();
  return w;
}

template <class T>
PreparedToken<T> prepare_token(const Workspace<T>& w, const T* token) {
  PreparedToken<T> result{make_gaussian(token), {}, {}, token[kX], token[kY]};
  if (token[kSigmaX] <= 0 || token[kSigmaY] <= 0) return result;
  const T dmax = static_cast<T>(w.shape.dmax);
  result.columns = support(w.columns, w.shape.width, token[kX], dmax * token[kSigmaX]);
  if (!result.columns.empty()) {
    result.rows = support(w.rows, w.shape.height, token[kY], dmax * token[kSigmaY]);
  }
  return result;
}

template <class T>
Workspace<T> prepare(const RenderShape& shape, const T* tokens, std::byte* memory) {
  const Workspace<T> w = lay_out<T>(shape, memory);
  for (int64_t i = 0; i < w.weight_stride; ++i) {
    w.columns[i] = i < shape.width ? pixel_coordinate<T>(i, shape.width) : T(0);
  }
  for (int64_t i = 0; i < shape.height; ++i) w.rows[i] = pixel_coordinate<T>(i, shape.height);
  for (int64_t k = 0; k < shape.tokens; ++k) {
    const T* token = tokens + k * (kGeometry + shape.channels);
    w.tokens[k] = prepare_token(w, token);
    for (int64_t c = 0; c < w.stride; ++c) {
      w.feature[k * w.stride + c] = c < shape.channels ? token[kGeometry + c] : T(0);
    }
  }
  return w;
}

}  // namespace
}  // namespace gpst::cpu
