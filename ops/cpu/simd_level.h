// Which instruction set a kernel was compiled for, and which one this machine runs.
#pragma once

#include <type_traits>

namespace gpst::cpu {

enum class SimdLevel { baseline, avx2 };  // avx2 means AVX2 and FMA

// The best level of this machine, found once.
SimdLevel best_simd_level();

// Calls f with a compile-time constant of the best level: with_simd_level([](auto level) {
// kernel<level()>(...); }).
template <class F>
decltype(auto) with_simd_level(F&& f) {
#if defined(__x86_64__)
  using Avx2 = std::integral_constant<SimdLevel, SimdLevel::avx2>;
  if (best_simd_level() == SimdLevel::avx2) return f(Avx2{});
#endif
  return f(std::integral_constant<SimdLevel, SimdLevel::baseline>{});
}

}  // namespace gpst::cpu
