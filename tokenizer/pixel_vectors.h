// Eight neighbouring pixels at a time, on the compiler's vector extension; where registers are
// shorter it takes several. For functions with GPST_VECTOR_CLONES: same bits with either.
#pragma once

#include <cstdint>
#include <cstring>

#include "tokenizer/vector_clones.h"

namespace gpst {

constexpr int kPixelLanes = 8;
typedef float PixelFloats __attribute__((vector_size(kPixelLanes * sizeof(float))));
typedef int32_t PixelInts __attribute__((vector_size(kPixelLanes * sizeof(int32_t))));

// By reference: a vector by value would be passed differently to code for another processor.
template <class Vector, class T>
[[gnu::always_inline]] inline void load_pixels(const T* at, Vector& v) {
  std::memcpy(&v, at, sizeof(v));
}
template <class Vector, class T>
[[gnu::always_inline]] inline void store_pixels(T* at, const Vector& v) {
  std::memcpy(at, &v, sizeof(v));
}

}  // namespace gpst
