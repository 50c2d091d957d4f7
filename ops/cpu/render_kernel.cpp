// Compiled once per SimdLevel.
#include "ops/cpu/render_kernel.h"

#include "ops/cpu/elements.h"
#include "ops/cpu/exp.h"
#include "ops/cpu/gaussian.h"
#include "ops/cpu/render_workspace.h"
#include "ops/cpu/simd.h"
#include "ops/cpu/transpose.h"

namespace gpst::cpu {
namespace {

// The part of a token's box that lies in one band of the canvas.
template <class T>
struct Piece {
  Span rows, columns;   // in pixels of the canvas
  int64_t first_pixel;  // of the band
  const Workspace<T>& w;
  int64_t token;

  const PreparedToken<T>& prepared() const { return w.tokens[token]; }
  T* pixel_row(int64_t row) const {
    return w.band + (first_pixel + (row - rows.first) * w.shape.width) * w.stride;
  }
  int64_t weight_row(int64_t row) const { return (row - rows.first) * w.weight_stride; }
};

// Calls f with each piece of the band in the order of the tokens.
template <class T, class F>
GPST_INLINE void for_pieces(const Workspace<T>& w, Span band, F&& f) {
  for (int64_t k = 0; k < w.shape.tokens; ++k) {
    const PreparedToken<T>& token = w.tokens[k];
    const Span rows{larger(band.first, token.rows.first), smaller(band.end, token.rows.end)};
    if (rows.empty()) continue;
    const int64_t first_pixel = (rows.first - band.first) * w.shape.width + token.columns.first;
    f(Piece<T>{rows, token.columns, first_pixel, w, k});
  }
}

template <class T, class F>
GPST_INLINE void for_bands(const Workspace<T>& w, F&& f) {
  for (int64_t row = 0; row < w.shape.height; row += w.band_rows) {
    f(Span{row, smaller(w.shape.height, row + w.band_rows)});
  }
}

enum class Moments { none, t_and_t2 };

// Fills weight (and weight_t, weight_t2) for the pixels of a piece.
template <Moments moments, class T>
GPST_INLINE void piece_weights(const Piece<T>& piece) {
  const PreparedToken<T>& token = piece.prepared();
  const int64_t count = piece.columns.end - piece.columns.first;
  const T* columns = piece.w.columns + piece.columns.first;
  for (int64_t j = piece.rows.first; j < piece.rows.end; ++j) {
    const Row<T> row = make_row<T>(token.gaussian, piece.w.rows[j] - token.y);
    const int64_t at = piece.weight_row(j);
    for (int64_t i = 0; i < count; i += kLanes<T>) {
      const Vec<T> t = (load(columns + i) - token.x) * row.slope - row.offset;
      const Vec<T> weight = vexp<T>(t * t * T(-0.5) - row.half_v2);
      store(piece.w.weight + at + i, weight);
      if constexpr (moments == Moments::t_and_t2) {
        store(piece.w.weight_t + at + i, weight * t);
        store(piece.w.weight_t2 + at + i, weight * t * t);
      }
    }
  }
}

// Forward, n vectors of channels from `channel`: pixel += w * feature.
template <class T, int n>
GPST_INLINE void add_piece(const Piece<T>& piece, int64_t channel) {
  const Workspace<T>& w = piece.w;
  const int64_t count = piece.columns.end - piece.columns.first;
  Vec<T> f[n];
  for (int k = 0; k < n; ++k) {
    f[k] = load(w.feature + piece.token * w.stride + channel + k * kLanes<T>);
  }
  for (int64_t j = piece.rows.first; j < piece.rows.end; ++j) {
    const T* weight = w.weight + piece.weight_row(j);
    T* pixel = piece.pixel_row(j) + channel;
    for (int64_t p = 0; p < count; ++p, pixel += w.stride) {
#pragma GCC unroll 4
      for (int k = 0; k < n; ++k) {
        store(pixel + k * kLanes<T>, load(pixel + k * kLanes<T>) + weight[p] * f[k]);
      }
    }
  }
}

// Its gradient: feature_gradient += w * grad, and the sums of gaussian.h with g = grad . feature.
// Lanes of g are added up once per piece, not once per pixel.
template <class T, int n>
GPST_INLINE void piece_gradient(const Piece<T>& piece, int64_t channel) {
  const Workspace<T>& w = piece.w;
  const int64_t count = piece.columns.end - piece.columns.first;
  const int64_t feature_at = piece.token * w.stride + channel;
  Vec<T> f[n], df[n] = {};
  for (int k = 0; k < n; ++k) f[k] = load(w.feature + feature_at + k * kLanes<T>);
  Vec<T> sum_t{}, sum_t2{}, sum_v{}, sum_vt{}, sum_v2{};
  for (int64_t j = piece.rows.first; j < piece.rows.end; ++j) {
    const T v = make_row<T>(piece.prepared().gaussian, w.rows[j] - piece.prepared().y).v;
    const int64_t at = piece.weight_row(j);
    const T* pixel = piece.pixel_row(j) + channel;
    Vec<T> r0{}, r1{}, r2{};
    for (int64_t p = 0; p < count; ++p, pixel += w.stride) {
      Vec<T> g{};
#pragma GCC unroll 4
      for (int k = 0; k < n; ++k) {
        const Vec<T> grad = load(pixel + k * kLanes<T>);
        g += grad * f[k];
        df[k] += grad * w.weight[at + p];
      }
      r0 += g * w.weight[at + p];
      r1 += g * w.weight_t[at + p];
      r2 += g * w.weight_t2[at + p];
    }
    sum_t += r1;
    sum_t2 += r2;
    sum_v += r0 * v;
    sum_vt += r1 * v;
    sum_v2 += r0 * (v * v);
  }
  for (int k = 0; k < n; ++k) {
    T* target = w.feature_gradient + feature_at + k * kLanes<T>;
    store(target, load(target) + df[k]);
  }
  BoxSums& sums = w.sums[piece.token];
  sums.t += sum<T>(sum_t);
  sums.t2 += sum<T>(sum_t2);
  sums.v += sum<T>(sum_v);
  sums.vt += sum<T>(sum_vt);
  sums.v2 += sum<T>(sum_v2);
}

template <int n>
struct Vectors {
  static constexpr int value = n;
};

// Calls f(Vectors<n>, first channel) for blocks of up to four vectors that cover all channels.
template <class T, class F>
GPST_INLINE void for_channel_blocks(int64_t channels, F&& f) {
  const int64_t vectors = (channels + kLanes<T> - 1) / kLanes<T>;
  int64_t done = 0;
  for (; vectors - done >= 4; done += 4) f(Vectors<4>{}, done * kLanes<T>);
  switch (vectors - done) {
    case 3:
      return f(Vectors<3>{}, done * kLanes<T>);
    case 2:
      return f(Vectors<2>{}, done * kLanes<T>);
    case 1:
      return f(Vectors<1>{}, done * kLanes<T>);
    default:
      return;
  }
}

template <class T>
void zero(T* at, int64_t count) {
  std::memset(static_cast<void*>(at), 0, static_cast<size_t>(count) * sizeof(T));
}

// Draws the canvas band by band; finish(pixels [count, stride], first pixel, count) takes each.
template <class T, class F>
GPST_INLINE void draw(const Workspace<T>& w, F&& finish) {
  for_bands(w, [&](Span band) {
    const int64_t pixels = (band.end - band.first) * w.shape.width;
    zero(w.band, pixels * w.stride);
    for_pieces(w, band, [&](const Piece<T>& piece) {
      piece_weights<Moments::none>(piece);
      for_channel_blocks<T>(w.shape.channels, [&](auto vectors, int64_t channel) {
        add_piece<T, decltype(vectors)::value>(piece, channel);
      });
    });
    finish(w.band, band.first * w.shape.width, pixels);
  });
}

// The first `count` values from whole vectors.
template <class E>
GPST_INLINE void store_values(const float* values, int64_t count, E* target) {
  for_lanes<float>(
      count, [&](int64_t i, auto lanes) { store_as<float>(target + i, load(values + i), lanes); });
}

}  // namespace

template <SimdLevel level, class T>
size_t render_workspace_bytes(const RenderShape& shape) {
  return lay_out<T>(shape, nullptr).bytes;
}

template <SimdLevel level, class T>
void render_forward(const RenderShape& shape, const T* tokens, std::byte* workspace, T* map) {
  const Workspace<T> w = prepare(shape, tokens, workspace);
  const PlaneShape planes{shape.channels, shape.height * shape.width, w.stride};
  draw(w, [&](const T* pixels, int64_t first, int64_t count) {
    pixels_to_planes(pixels, planes, count, map + first);
  });
}

template <SimdLevel level, class E>
void render_pixels(const RenderShape& shape, const float* tokens, std::byte* workspace, E* map) {
  const Workspace<float> w = prepare(shape, tokens, workspace);
  const int64_t channels = shape.channels;
  draw(w, [&](const float* pixels, int64_t first, int64_t count) {
    E* target = map + first * channels;
    if (channels == w.stride) return store_values(pixels, count * channels, target);
    for (int64_t p = 0; p < count; ++p) {
      store_values(pixels + p * w.stride, channels, target + p * channels);
    }
  });
}

template <SimdLevel level, class T>
void render_backward(const RenderShape& shape, const T* tokens, const T* grad_map,
                     std::byte* workspace, T* grad_tokens) {
  const Workspace<T> w = prepare(shape, tokens, workspace);
  const PlaneShape planes{shape.channels, shape.height * shape.width, w.stride};
  zero(w.sums, shape.tokens);
  zero(w.feature_gradient, shape.tokens * w.stride);
  for_bands(w, [&](Span band) {
    const int64_t pixels = (band.end - band.first) * shape.width;
    planes_to_pixels(grad_map + band.first * shape.width, planes, pixels, w.band);
    for_pieces(w, band, [&](const Piece<T>& piece) {
      piece_weights<Moments::t_and_t2>(piece);
      for_channel_blocks<T>(shape.channels, [&](auto vectors, int64_t channel) {
        piece_gradient<T, decltype(vectors)::value>(piece, channel);
      });
    });
  });
  for (int64_t k = 0; k < shape.tokens; ++k) {
    T* grad_token = grad_tokens + k * (kGeometry + shape.channels);
    const bool drawn = !w.tokens[k].rows.empty();
    if (drawn) geometry_gradient(w.tokens[k].gaussian, w.sums[k], grad_token);
    if (!drawn) zero(grad_token, kGeometry);
    for (int64_t c = 0; c < shape.channels; ++c) {
      grad_token[kGeometry + c] = w.feature_gradient[k * w.stride + c];
    }
  }
}

#define GPST_INSTANTIATE(T)                                                                        \
  template size_t render_workspace_bytes<kThisLevel, T>(const RenderShape&);                       \
  template void render_forward<kThisLevel, T>(const RenderShape&, const T*, std::byte*, T*);       \
  template void render_backward<kThisLevel, T>(const RenderShape&, const T*, const T*, std::byte*, \
                                               T*);
GPST_INSTANTIATE(float)
GPST_INSTANTIATE(double)
template void render_pixels<kThisLevel, float>(const RenderShape&, const float*, std::byte*,
                                               float*);
template void render_pixels<kThisLevel, uint16_t>(const RenderShape&, const float*, std::byte*,
                                                  uint16_t*);

}  // namespace gpst::cpu
