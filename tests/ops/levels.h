// Runs a kernel test at every instruction set this machine has.
#pragma once

#include <gtest/gtest.h>

#include "ops/cpu/simd_level.h"

namespace gpst::test {

// Calls f(std::integral_constant<SimdLevel, level>) for each level that can run here.
template <class F>
void for_each_simd_level(F&& f) {
  {
    SCOPED_TRACE("baseline");
    f(std::integral_constant<cpu::SimdLevel, cpu::SimdLevel::baseline>{});
  }
  SCOPED_TRACE("best level");
  cpu::with_simd_level(f);
}

}  // namespace gpst::test
