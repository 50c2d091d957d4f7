// The renderer one pixel and one token at a time, in double, for tests of its kernels. Which pixels
// a token reaches is decided in float32, as the kernels and the CPU do.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "cuda/splat_shape.h"
#include "ops/token_columns.h"

namespace gpst::cuda {

inline float reference_coordinate(int64_t pixel, int64_t n) {
  return n == 1 ? 0.0F
                : static_cast<float>(2.0 * static_cast<double>(pixel) / static_cast<double>(n - 1) -
                                     1.0);
}

struct Weight {
  double t, v, w, c, rho;
};

// Calls f(row, column, Weight) for the pixels that `token` reaches.
template <class F>
void for_reached_pixels(const SplatShape& s, const float* token /*[5+c]*/, F&& f) {
  const float sx = token[kSigmaX], sy = token[kSigmaY];
  if (sx <= 0 || sy <= 0) return;
  const auto dmax = static_cast<float>(s.dmax);
  const float limit_x = dmax * sx, limit_y = dmax * sy;
  const double rho = token[kRho], c = 1 / std::sqrt((1 - rho) * (1 + rho));
  const double exact = c / sx, inverse_y = 1.0 / sy;
  const double slope = exact > 3.4028235e38 ? INFINITY : exact;  // the CPU's, held in float32
  for (int64_t row = 0; row < s.height; ++row) {
    const float dy = reference_coordinate(row, s.height) - token[kY];
    if (std::abs(dy) > limit_y) continue;
    for (int64_t column = 0; column < s.width; ++column) {
      const float dx = reference_coordinate(column, s.width) - token[kX];
      if (std::abs(dx) > limit_x) continue;
      const double v = dy * inverse_y, t = dx * slope - c * rho * v;
      f(row, column, Weight{t, v, std::exp(-(t * t + v * v) / 2), c, rho});
    }
  }
}

// tokens [B, l, 5+c] -> [B, H, W, c]
inline std::vector<double> reference_map(const SplatShape& s, const std::vector<float>& tokens) {
  std::vector<double> map(static_cast<size_t>(s.pictures * s.height * s.width * s.channels));
  for (int64_t i = 0; i < s.pictures * s.tokens; ++i) {
    const float* token = tokens.data() + i * (kGeometry + s.channels);
    for_reached_pixels(s, token, [&](int64_t row, int64_t column, const Weight& at) {
      double* pixel =
          map.data() + ((i / s.tokens * s.height + row) * s.width + column) * s.channels;
      for (int64_t k = 0; k < s.channels; ++k) pixel[k] += at.w * token[kGeometry + k];
    });
  }
  return map;
}

// tokens [B, l, 5+c], grad_map [B, H, W, c] -> [B, l, 5+c]
inline std::vector<double> reference_gradient(const SplatShape& s, const std::vector<float>& tokens,
                                              const std::vector<float>& grad_map) {
  const int64_t columns = kGeometry + s.channels;
  std::vector<double> gradient(tokens.size());
  for (int64_t i = 0; i < s.pictures * s.tokens; ++i) {
    const float* token = tokens.data() + i * columns;
    double* grad = gradient.data() + i * columns;
    const double sx = token[kSigmaX], sy = token[kSigmaY];
    for_reached_pixels(s, token, [&](int64_t row, int64_t column, const Weight& at) {
      const float* pixel =
          grad_map.data() + ((i / s.tokens * s.height + row) * s.width + column) * s.channels;
      double g = 0;
      for (int64_t k = 0; k < s.channels; ++k) {
        g += static_cast<double>(pixel[k]) * token[kGeometry + k];
        grad[kGeometry + k] += at.w * pixel[k];
      }
      const double u = at.t / at.c + at.rho * at.v, s_y = at.v - at.rho * at.c * at.t;
      const double wg = at.w * g;
      grad[kX] += wg * at.t * at.c / sx;
      grad[kSigmaX] += wg * at.t * at.c * u / sx;
      grad[kY] += wg * s_y / sy;
      grad[kSigmaY] += wg * s_y * at.v / sy;
      grad[kRho] += wg * at.t * at.c * s_y;
    });
  }
  return gradient;
}

// Between [B, H, W, c] and [B, c, H, W].
template <class T>
std::vector<T> planes_of(const SplatShape& s, const std::vector<T>& pixels) {
  std::vector<T> result(pixels.size());
  const int64_t plane = s.height * s.width;
  for (int64_t i = 0; i < static_cast<int64_t>(pixels.size()); ++i) {
    const int64_t k = i % s.channels, pixel = i / s.channels;
    result[static_cast<size_t>((pixel / plane * s.channels + k) * plane + pixel % plane)] =
        pixels[static_cast<size_t>(i)];
  }
  return result;
}

// Tokens of all sizes, some partly or wholly outside the canvas; another salt, other tokens.
inline std::vector<float> some_tokens(const SplatShape& s, int64_t salt) {
  std::vector<float> tokens;
  uint32_t state = static_cast<uint32_t>(salt) * 2654435761U + 12345U;
  const auto uniform = [&](float low, float high) {
    state = state * 1664525U + 1013904223U;
    return low + (high - low) * static_cast<float>(state >> 8) / 16777216.0F;
  };
  for (int64_t i = 0; i < s.pictures * s.tokens * s.tiles * s.tiles; ++i) {
    tokens.push_back(uniform(0.02F, 0.5F));
    tokens.push_back(uniform(0.02F, 0.5F));
    tokens.push_back(uniform(-0.9F, 0.9F));
    tokens.push_back(uniform(-1.3F, 1.3F));
    tokens.push_back(uniform(-1.3F, 1.3F));
    for (int64_t k = 0; k < s.channels; ++k) tokens.push_back(uniform(-1, 1));
  }
  return tokens;
}

}  // namespace gpst::cuda
