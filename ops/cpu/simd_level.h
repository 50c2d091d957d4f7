// Which instruction set a kernel was compiled for, and which one this machine runs.
#pragma once

#include <type_traits>

namespace gpst::cpu {

// Each includes those before it. avx2 means AVX2 and FMA; avx512 means F, BW, DQ and VL.
enum class SimdLevel { baseline, avx2, avx512 };

template <SimdLevel level>
using SimdConstant = std::integral_constant<SimdLevel, level>;

// The best level of this machine, found once.
SimdLevel best_simd_level();

// Calls f with a compile-time constant of the best level: with_simd_level([](auto level) {
// kernel<level()>(...); }).
template <class F>
decltype(auto) with_simd_level(F&& f) {
#if defined(__x86_64__)
  if (best_simd_level() == SimdLevel::avx512) return f(SimdConstant<SimdLevel::avx512>{});
  if (best_simd_level() == SimdLevel::avx2) return f(SimdConstant<SimdLevel::avx2>{});
#endif
  return f(SimdConstant<SimdLevel::baseline>{});
}

}  // namespace gpst::cpu
