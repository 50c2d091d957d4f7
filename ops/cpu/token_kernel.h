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

// y = x / (1 + exp(-2 u)), u = sqrt(2/pi) (x + 0.044715 x^3): the tanh form of GELU. y may be x.
template <SimdLevel level, class T>
void gelu_tanh(int64_t count, const T* x, T* y);

// dx = dy times the derivative of the above at x
template <SimdLevel level, class T>
void gelu_tanh_backward(int64_t count, const T* dy, const T* x, T* dx);

// What a token hands on, and what the tokens of a picture add up to in *_sum [width]. X is float;
// Y the type of dy of norm_token and of y of gate_token.
//
// Of norm_token: dx of the token; d_modulation += of the picture.
struct ModulationSums {
  float* shift = nullptr;
  float* scale = nullptr;
};
template <SimdLevel level, class Y>
void norm_token_backward(int64_t width, const Y* dy, const float* x, const float* scale, double eps,
                         float* dx, const ModulationSums& sums);
// Of gate_token: dy = gate dsum; gate_sum += dsum y. dx is dsum itself.
template <SimdLevel level, class Y>
void gate_token_backward(int64_t width, const float* dsum, const float* gate, const Y* y, Y* dy,
                         float* gate_sum);

}  // namespace gpst::cpu
