// The exponential of exp.h over an array: what its tests and its benchmark call.
#pragma once

#include <cstdint>

#include "ops/cpu/simd_level.h"

namespace gpst::cpu {

// result[i] = exp(x[i])
template <SimdLevel level, class T>
void exp_array(const T* x, int64_t count, T* result);

}  // namespace gpst::cpu
