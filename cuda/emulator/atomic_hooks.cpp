// The calls that g++ -fsanitize=thread makes of std::atomic and of the guards of local statics, in
// launchers' host code (kernels have atomics.h): what they would be without the sanitizer.
#include <cstdint>

#define GPST_ATOMIC_HOOKS(bits, type)                                                     \
  type __tsan_atomic##bits##_load(const volatile type* place, int) {                      \
    return __atomic_load_n(place, __ATOMIC_SEQ_CST);                                      \
  }                                                                                       \
  void __tsan_atomic##bits##_store(volatile type* place, type value, int) {               \
    __atomic_store_n(place, value, __ATOMIC_SEQ_CST);                                     \
  }                                                                                       \
  type __tsan_atomic##bits##_exchange(volatile type* place, type value, int) {            \
    return __atomic_exchange_n(place, value, __ATOMIC_SEQ_CST);                           \
  }                                                                                       \
  type __tsan_atomic##bits##_fetch_add(volatile type* place, type value, int) {           \
    return __atomic_fetch_add(place, value, __ATOMIC_SEQ_CST);                            \
  }                                                                                       \
  type __tsan_atomic##bits##_fetch_sub(volatile type* place, type value, int) {           \
    return __atomic_fetch_sub(place, value, __ATOMIC_SEQ_CST);                            \
  }                                                                                       \
  type __tsan_atomic##bits##_fetch_and(volatile type* place, type value, int) {           \
    return __atomic_fetch_and(place, value, __ATOMIC_SEQ_CST);                            \
  }                                                                                       \
  type __tsan_atomic##bits##_fetch_or(volatile type* place, type value, int) {            \
    return __atomic_fetch_or(place, value, __ATOMIC_SEQ_CST);                             \
  }                                                                                       \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile type* place, type* expected, \
                                                    type value, int, int) {               \
    return __atomic_compare_exchange_n(place, expected, value, false, __ATOMIC_SEQ_CST,   \
                                       __ATOMIC_SEQ_CST);                                 \
  }                                                                                       \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile type* place, type* expected,   \
                                                  type value, int, int) {                 \
    return __atomic_compare_exchange_n(place, expected, value, true, __ATOMIC_SEQ_CST,    \
                                       __ATOMIC_SEQ_CST);                                 \
  }

extern "C" {

GPST_ATOMIC_HOOKS(8, uint8_t)
GPST_ATOMIC_HOOKS(16, uint16_t)
GPST_ATOMIC_HOOKS(32, uint32_t)
GPST_ATOMIC_HOOKS(64, uint64_t)
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void __tsan_atomic_signal_fence(int) { __atomic_signal_fence(__ATOMIC_SEQ_CST); }

}  // extern "C"
