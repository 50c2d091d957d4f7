#include "ops/cpu/simd_level.h"

namespace gpst::cpu {
namespace {

SimdLevel find_level() {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return SimdLevel::baseline;
#if defined(GPST_EMULATE_AVX512)
  return SimdLevel::avx512;
#else
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return has_avx512 ? SimdLevel::avx512 : SimdLevel::avx2;
#endif
#else
  return SimdLevel::baseline;
#endif
}

}  // namespace

SimdLevel best_simd_level() {
  static const SimdLevel level = find_level();
  return level;
}

}  // namespace gpst::cpu
