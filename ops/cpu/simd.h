// Short vectors for the hot loops, on the compiler's vector extension: the same source is compiled
// once per SimdLevel with that level's flags (see ops/CMakeLists.txt). Everything here has internal
// linkage, so that no function compiled for a newer processor can be linked into common code; for
// the same reason kernels use no templates of the standard library.
#pragma once

#include <cstdint>
#include <cstring>

#include "ops/cpu/simd_level.h"

namespace gpst::cpu {
namespace {

#if defined(GPST_LEVEL_AVX512)
constexpr SimdLevel kThisLevel = SimdLevel::avx512;
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__) && defined(__FMA__)
constexpr SimdLevel kThisLevel = SimdLevel::avx2;
constexpr int kVectorBytes = 32;
#else
constexpr SimdLevel kThisLevel = SimdLevel::baseline;
constexpr int kVectorBytes = 16;
#endif

#define GPST_INLINE [[gnu::always_inline]] inline

template <class T>
struct VecOf;
template <>
struct VecOf<float> {
  typedef float type __attribute__((vector_size(kVectorBytes)));
  typedef int32_t integer __attribute__((vector_size(kVectorBytes)));
};
template <>
struct VecOf<double> {
  typedef double type __attribute__((vector_size(kVectorBytes)));
  typedef int64_t integer __attribute__((vector_size(kVectorBytes)));
};

template <class T>
using Vec = typename VecOf<T>::type;
template <class T>
using IntVec = typename VecOf<T>::integer;

// Lanes of a vector of T.
template <class T>
constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));

// n elements in whole vectors.
template <class T>
constexpr int64_t padded(int64_t n) {
  return (n + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
}

template <class T>
GPST_INLINE Vec<T> load(const T* p) {
  Vec<T> v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}

template <class T>
GPST_INLINE void store(T* p, Vec<T> v) {
  std::memcpy(p, &v, sizeof(v));
}

template <class T>
GPST_INLINE Vec<T> broadcast(T value) {
  return value - Vec<T>{};
}

// The first `count` lanes from memory, zeros behind.
template <class T>
GPST_INLINE Vec<T> load_first(const T* p, int64_t count) {
  T lanes[kLanes<T>] = {};
  for (int64_t i = 0; i < count; ++i) lanes[i] = p[i];
  return load(lanes);
}

template <class T>
GPST_INLINE void store_first(T* p, Vec<T> v, int64_t count) {
  T lanes[kLanes<T>];
  store(lanes, v);
  for (int64_t i = 0; i < count; ++i) p[i] = lanes[i];
}

template <class T>
GPST_INLINE T sum(Vec<T> v) {
  // Halves are added as long as there are two, so that the order is fixed and short.
  T lanes[kLanes<T>];
  store(lanes, v);
  for (int half = kLanes<T> / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

GPST_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
GPST_INLINE int64_t larger(int64_t a, int64_t b) { return a < b ? b : a; }

}  // namespace
}  // namespace gpst::cpu
