#include "cuda/emulator/atomics.h"

#include <algorithm>

#include "cuda/emulator/access.h"

namespace gpst::cuda {

// Fibers change only where they wait: what a thread does here is whole.
#define GPST_ATOMIC(type, name, formula)                                               \
  type name(type* address, type value) {                                               \
    emulator::check_access(reinterpret_cast<uintptr_t>(address), sizeof(type),         \
                           emulator::AccessKind::atomic, __builtin_return_address(0)); \
    const type old = *address;                                                         \
    *address = formula;                                                                \
    return old;                                                                        \
  }
#define GPST_ATOMICS(type)                                                             \
  GPST_ATOMIC(type, atomicAdd,                                                         \
              static_cast<type>(static_cast<unsigned long long>(old) +                 \
                                static_cast<unsigned long long>(value)))               \
  GPST_ATOMIC(type, atomicMin, std::min(old, value))                                   \
  GPST_ATOMIC(type, atomicMax, std::max(old, value))                                   \
  GPST_ATOMIC(type, atomicAnd, old& value)                                             \
  GPST_ATOMIC(type, atomicOr, old | value)                                             \
  GPST_ATOMIC(type, atomicXor, old ^ value)                                            \
  GPST_ATOMIC(type, atomicExch, value)                                                 \
  type atomicCAS(type* address, type expected, type value) {                           \
    emulator::check_access(reinterpret_cast<uintptr_t>(address), sizeof(type),         \
                           emulator::AccessKind::atomic, __builtin_return_address(0)); \
    const type old = *address;                                                         \
    if (old == expected) *address = value;                                             \
    return old;                                                                        \
  }
GPST_ATOMICS(int)
GPST_ATOMICS(unsigned)
GPST_ATOMICS(unsigned long long)

}  // namespace gpst::cuda
