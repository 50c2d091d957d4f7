#include "ops/cpu/simd_level.h"

namespace gpst::cpu {

SimdLevel best_simd_level() {
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return has_avx2 ? SimdLevel::avx2 : SimdLevel::baseline;
#else
  return SimdLevel::baseline;
#endif
}

}  // namespace gpst::cpu
