// What a SiT block does to one token between its products, in plain C++ (no LibTorch): the formulas
// of ops/layer_norm_modulate.h and ops/gate_residual.h, and GELU. X, Y and T are float or the bits
// of bfloat16 (uint16_t); computes in float.
#pragma once

#include <cstdint>

#include "ops/cpu/simd_level.h"

namespace gpst::cpu {

// The modulation of a picture's tokens: [width] each.
struct Modulation {
  const float* shift = nullptr;
  const float* scale = nullptr;
};

// y = (x - mean) / sqrt(var + eps) (1 + scale) + shift; all [width]
template <SimdLevel level, class X, class Y>
void norm_token(int64_t width, const X* x, const Modulation& modulation, double eps, Y* y);

// sum = x + gate y; all [width]
template <SimdLevel level, class X, class Y>
void gate_token(int64_t width, const X* x, const float* gate, const Y* y, X* sum);

// x <- x / (1 + exp(-2 u)), u = sqrt(2/pi) (x + 0.044715 x^3): the tanh form of GELU
template <SimdLevel level, class T>
void gelu_tanh(int64_t count, T* x);

}  // namespace gpst::cpu
