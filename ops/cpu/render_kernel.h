// The renderer of one picture in plain C++ (no LibTorch). See ops/render.h for the formula.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ops/cpu/simd_level.h"

namespace gpst::cpu {

struct RenderShape {
  int64_t tokens = 0;    // l
  int64_t channels = 0;  // c, at least 1
  int64_t height = 0;    // at least 1
  int64_t width = 0;     // at least 1
  double dmax = 0;
};

// Bytes that the functions below need as workspace at this level, aligned as malloc aligns.
template <SimdLevel level, class T>
size_t render_workspace_bytes(const RenderShape& shape);

// tokens [l, 5+c] -> map [c, H, W], every element written. T is float or double.
template <SimdLevel level, class T>
void render_forward(const RenderShape& shape, const T* tokens, std::byte* workspace, T* map);

// The same sums stored by pixel: map [H, W, c]. E is float, or uint16_t for the bits of a bfloat16.
template <SimdLevel level, class E>
void render_pixels(const RenderShape& shape, const float* tokens, std::byte* workspace, E* map);

// tokens [l, 5+c], grad_map [c, H, W] -> grad_tokens [l, 5+c], every element written.
template <SimdLevel level, class T>
void render_backward(const RenderShape& shape, const T* tokens, const T* grad_map,
                     std::byte* workspace, T* grad_tokens);

}  // namespace gpst::cpu
