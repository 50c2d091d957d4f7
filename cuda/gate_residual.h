// The gated residual of a SiT block (numerics section 6): sum = x + gate y.
#pragma once

#include <cstdint>

#include "cuda/bf16.h"
#include "cuda/modulation_rows.h"
#include "cuda/stream.h"

namespace gpst::cuda {

// For (T, Y) = (float, float), (float, Bf16), (Bf16, Bf16); computed in float, rounded once.
// Nothing is launched for an empty shape. InputError when a size does not fit an int.
template <class T, class Y>
void gate_residual(const T* x,  // [N, l, D]
                   const ModulationRows& gate,
                   const Y* y,  // [N, l, D]
                   T* sum,      // [N, l, D], written
                   const TokenShape& shape, Stream stream);

}  // namespace gpst::cuda
