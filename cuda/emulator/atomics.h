// Atomic operations on integers, in shared or device memory. None on floats: their sum would depend
// on the order of the threads.
#pragma once

namespace gpst::cuda {

#define GPST_ATOMICS(type)                    \
  type atomicAdd(type* address, type value);  \
  type atomicMin(type* address, type value);  \
  type atomicMax(type* address, type value);  \
  type atomicAnd(type* address, type value);  \
  type atomicOr(type* address, type value);   \
  type atomicXor(type* address, type value);  \
  type atomicExch(type* address, type value); \
  type atomicCAS(type* address, type expected, type value);
GPST_ATOMICS(int)
GPST_ATOMICS(unsigned)
GPST_ATOMICS(unsigned long long)
#undef GPST_ATOMICS

}  // namespace gpst::cuda
