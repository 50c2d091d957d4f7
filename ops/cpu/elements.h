// Vectors of T from and to memory of E: float, double, or uint16_t for the bits of a bfloat16,
// which is float in registers.
#pragma once

#include "ops/cpu/bf16.h"
#include "ops/cpu/lanes.h"

namespace gpst::cpu {
namespace {

GPST_INLINE Vec<float> load_as(const float* p) { return load(p); }
GPST_INLINE Vec<double> load_as(const double* p) { return load(p); }
GPST_INLINE Vec<float> load_as(const uint16_t* p) { return load_bf16(p); }
GPST_INLINE void store_as(float* p, Vec<float> v) { store(p, v); }
GPST_INLINE void store_as(double* p, Vec<double> v) { store(p, v); }
GPST_INLINE void store_as(uint16_t* p, Vec<float> v) { store_bf16(p, v); }

// The lanes that do not count are 0.
template <class T, class E>
GPST_INLINE Vec<T> load_as(const E* p, AllLanes) {
  return load_as(p);
}
template <class T, class E>
GPST_INLINE Vec<T> load_as(const E* p, SomeLanes lanes) {
  E some[kLanes<T>] = {};
  for (int64_t i = 0; i < lanes.count; ++i) some[i] = p[i];
  return load_as(some);
}
template <class T, class E>
GPST_INLINE void store_as(E* p, Vec<T> v, AllLanes) {
  store_as(p, v);
}
template <class T, class E>
GPST_INLINE void store_as(E* p, Vec<T> v, SomeLanes lanes) {
  E some[kLanes<T>];
  store_as(some, v);
  for (int64_t i = 0; i < lanes.count; ++i) p[i] = some[i];
}

}  // namespace
}  // namespace gpst::cpu
