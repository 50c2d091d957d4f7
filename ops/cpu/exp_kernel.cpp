// Compiled once per SimdLevel.
#include "ops/cpu/exp_kernel.h"

#include "ops/cpu/exp.h"
#include "ops/cpu/lanes.h"

namespace gpst::cpu {

template <SimdLevel level, class T>
void exp_array(const T* x, int64_t count, T* result) {
  for_lanes<T>(
      count, [&](int64_t i, auto lanes) { store(result + i, vexp<T>(load(x + i, lanes)), lanes); });
}

template void exp_array<kThisLevel, float>(const float*, int64_t, float*);
template void exp_array<kThisLevel, double>(const double*, int64_t, double*);

}  // namespace gpst::cpu
