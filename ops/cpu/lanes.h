// Loops over arrays whose length is no multiple of the vector length.
#pragma once

#include "ops/cpu/simd.h"

namespace gpst::cpu {
namespace {

// How many lanes of a vector count: all of them, known at compile time, or some.
struct AllLanes {};
struct SomeLanes {
  int64_t count;
};

template <class T>
GPST_INLINE int64_t count_of(AllLanes) {
  return kLanes<T>;
}
template <class T>
GPST_INLINE int64_t count_of(SomeLanes lanes) {
  return lanes.count;
}

template <class T>
GPST_INLINE Vec<T> load(const T* p, AllLanes) {
  return load(p);
}
template <class T>
GPST_INLINE Vec<T> load(const T* p, SomeLanes lanes) {
  return load_first(p, lanes.count);
}
template <class T>
GPST_INLINE void store(T* p, Vec<T> v, AllLanes) {
  store(p, v);
}
template <class T>
GPST_INLINE void store(T* p, Vec<T> v, SomeLanes lanes) {
  store_first(p, v, lanes.count);
}

// v with zeros in the lanes that do not count.
template <class T>
GPST_INLINE Vec<T> only(Vec<T> v, AllLanes) {
  return v;
}
template <class T>
GPST_INLINE Vec<T> only(Vec<T> v, SomeLanes lanes) {
  T values[kLanes<T>];
  store(values, v);
  return load_first(values, lanes.count);
}

// Calls f(first index, lanes) until `count` elements are covered.
template <class T, class F>
GPST_INLINE void for_lanes(int64_t count, F&& f) {
  int64_t i = 0;
  for (; i + kLanes<T> <= count; i += kLanes<T>) f(i, AllLanes{});
  if (i < count) f(i, SomeLanes{count - i});
}

}  // namespace
}  // namespace gpst::cpu
