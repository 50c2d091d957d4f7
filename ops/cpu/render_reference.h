// The renderer as the formula stands in ops/render.h, one pixel and one token at a time: what the
// tests compare the kernels with. Header-only, no vectors, no workspace.
#pragma once

#include <cmath>

#include "ops/cpu/render_kernel.h"
#include "ops/token_columns.h"

namespace gpst::cpu {

inline double reference_coordinate(int64_t index, int64_t n) {
  return n == 1 ? 0.0 : 2.0 * static_cast<double>(index) / static_cast<double>(n - 1) - 1.0;
}

// Calls f(pixel index in a plane, u, v, w) with u = dx/sx, v = dy/sy for each pixel of the support.
template <class T, class F>
void for_each_supported_pixel(const RenderShape& shape, const T* token, F&& f) {
  const T sx = token[kSigmaX], sy = token[kSigmaY], rho = token[kRho];
  if (sx <= 0 || sy <= 0) return;
  const T limit_x = static_cast<T>(shape.dmax) * sx;
  const T limit_y = static_cast<T>(shape.dmax) * sy;
  for (int64_t j = 0; j < shape.height; ++j) {
    const T dy = static_cast<T>(reference_coordinate(j, shape.height)) - token[kY];
    if (std::abs(dy) > limit_y) continue;
    for (int64_t i = 0; i < shape.width; ++i) {
      const T dx = static_cast<T>(reference_coordinate(i, shape.width)) - token[kX];
      if (std::abs(dx) > limit_x) continue;
      const T u = dx / sx, v = dy / sy;
      const T q = u * u - 2 * rho * u * v + v * v;
      f(j * shape.width + i, u, v, std::exp(-q / (2 * (1 - rho * rho))));
    }
  }
}

template <class T>
void render_forward_reference(const RenderShape& shape, const T* tokens, T* map) {
  const int64_t plane = shape.height * shape.width;
  for (int64_t i = 0; i < shape.channels * plane; ++i) map[i] = 0;
  for (int64_t k = 0; k < shape.tokens; ++k) {
    const T* token = tokens + k * (kGeometry + shape.channels);
    for_each_supported_pixel(shape, token, [&](int64_t pixel, T, T, T w) {
      for (int64_t c = 0; c < shape.channels; ++c)
        map[c * plane + pixel] += w * token[kGeometry + c];
    });
  }
}

template <class T>
void render_backward_reference(const RenderShape& shape, const T* tokens, const T* grad_map,
                               T* grad_tokens) {
  const int64_t plane = shape.height * shape.width;
  const int64_t columns = kGeometry + shape.channels;
  for (int64_t i = 0; i < shape.tokens * columns; ++i) grad_tokens[i] = 0;
  for (int64_t k = 0; k < shape.tokens; ++k) {
    const T* token = tokens + k * columns;
    T* grad = grad_tokens + k * columns;
    const T rho = token[kRho];
    const T inverse = 1 / (1 - rho * rho);
    for_each_supported_pixel(shape, token, [&](int64_t pixel, T u, T v, T w) {
      T g = 0;
      for (int64_t c = 0; c < shape.channels; ++c) {
        g += grad_map[c * plane + pixel] * token[kGeometry + c];
        grad[kGeometry + c] += grad_map[c * plane + pixel] * w;
      }
      const T q = u * u - 2 * rho * u * v + v * v;
      const T along_u = g * w * inverse * (u - rho * v);
      const T along_v = g * w * inverse * (v - rho * u);
      grad[kX] += along_u / token[kSigmaX];
      grad[kSigmaX] += along_u * u / token[kSigmaX];
      grad[kY] += along_v / token[kSigmaY];
      grad[kSigmaY] += along_v * v / token[kSigmaY];
      grad[kRho] += g * w * inverse * (u * v - rho * inverse * q);
    });
  }
}

}  // namespace gpst::cpu
