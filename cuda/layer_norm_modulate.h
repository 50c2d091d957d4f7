// Adaptive layer norm of a SiT block (numerics section 6), alone and behind a gated residual:
//   h = (x - mean) / sqrt(var + eps) * (1 + scale) + shift      over the last axis, var biased
// Statistics and arithmetic in float.
#pragma once

#include <cstdint>

#include "cuda/bf16.h"
#include "cuda/modulation_rows.h"
#include "cuda/stream.h"

namespace gpst::cuda {

constexpr int64_t kLargestNormWidth = 4096;

// For (T, Out) = (float, float), (float, Bf16), (Bf16, Bf16). Nothing is launched for an empty
// shape. InputError when the width is above kLargestNormWidth or a size does not fit an int.
template <class T, class Out>
void layer_norm_modulate(const T* x,  // [N, l, D]
                         const ModulationRows& shift, const ModulationRows& scale,
                         Out* h,  // [N, l, D], written
                         const TokenShape& shape, float eps, Stream stream);

// sum = x + gate y, and h = the norm of sum as it was stored, in one pass over memory. For
// (T, Y) = (float, float), (float, Bf16), (Bf16, Bf16). Errors as above.
template <class T, class Y>
void gate_residual_norm(const T* x,  // [N, l, D]
                        const ModulationRows& gate,
                        const Y* y,  // [N, l, D]
                        const ModulationRows& shift, const ModulationRows& scale,
                        T* sum,  // [N, l, D], written
                        Y* h,    // [N, l, D], written
                        const TokenShape& shape, float eps, Stream stream);

}  // namespace gpst::cuda
