// Vectors of float from and to memory that holds float or bfloat16 (its bits).
#pragma once

#include "ops/cpu/bf16.h"

namespace gpst::cpu {
namespace {

GPST_INLINE Vec<float> read(const float* p) { return load(p); }
GPST_INLINE Vec<float> read(const uint16_t* p) { return load_bf16(p); }
GPST_INLINE void write(float* p, Vec<float> v) { store(p, v); }
GPST_INLINE void write(uint16_t* p, Vec<float> v) { store_bf16(p, v); }

// The first `count` elements, at most a vector of them, and `rest` behind.
template <class T>
GPST_INLINE Vec<float> read_up_to(const T* p, int64_t count, float rest) {
  if (count >= kLanes<float>) return read(p);
  T elements[kLanes<float>] = {};
  for (int64_t i = 0; i < count; ++i) elements[i] = p[i];
  Vec<float> v = read(elements);
  for (int64_t i = count; i < kLanes<float>; ++i) v[i] = rest;
  return v;
}

template <class T>
GPST_INLINE void write_up_to(T* p, Vec<float> v, int64_t count) {
  if (count >= kLanes<float>) return write(p, v);
  T elements[kLanes<float>];
  write(elements, v);
  for (int64_t i = 0; i < count; ++i) p[i] = elements[i];
}

}  // namespace
}  // namespace gpst::cpu
