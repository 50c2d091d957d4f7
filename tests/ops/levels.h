// Runs a kernel test at every instruction set this machine has.
#pragma once

#include <gtest/gtest.h>

#include "ops/cpu/simd_level.h"

namespace gpst::test {

// Calls f(std::integral_constant<SimdLevel, level>) for each level that can run here.
template <class F>
void for_each_simd_level(F&& f) {
  using cpu::SimdLevel;
  const SimdLevel best = cpu::best_simd_level();
  {
    SCOPED_TRACE("baseline");
    f(cpu::SimdConstant<SimdLevel::baseline>{});
  }
#if defined(__x86_64__)
  if (best >= SimdLevel::avx2) {
    SCOPED_TRACE("avx2");
    f(cpu::SimdConstant<SimdLevel::avx2>{});
  }
  if (best >= SimdLevel::avx512) {
    SCOPED_TRACE("avx512");
    f(cpu::SimdConstant<SimdLevel::avx512>{});
  }
#endif
}

}  // namespace gpst::test
