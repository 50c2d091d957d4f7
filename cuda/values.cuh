// N neighbouring values of float or Bf16 storage as floats, read and written in the widest pieces
// (16 bytes, or all N where they are fewer bytes).
#pragma once

#include <cstdint>

#include "cuda/bf16.h"
#include "cuda/simt.h"

namespace gpst::cuda {

template <int N>
struct Values {
  float at[N];
};

// Bytes a vector access of N values of T must be aligned to.
template <int N, class T>
constexpr int64_t vector_bytes() {
  constexpr auto bytes = static_cast<int64_t>(N * sizeof(T));
  return bytes < 16 ? bytes : 16;
}

// Host: whether N values from here on can be read as vectors.
template <int N, class T>
bool is_aligned(const T* values) {
  return reinterpret_cast<uintptr_t>(values) % vector_bytes<N, T>() == 0;
}

template <int N>
__device__ __forceinline__ Values<N> load_values(const float* source) {
  Values<N> loaded;
  if constexpr (N == 1) {
    loaded.at[0] = *source;
  } else {
    static_assert(N % 4 == 0);
    for (int i = 0; i < N; i += 4) {
      const float4 piece = *reinterpret_cast<const float4*>(source + i);
      loaded.at[i] = piece.x;
      loaded.at[i + 1] = piece.y;
      loaded.at[i + 2] = piece.z;
      loaded.at[i + 3] = piece.w;
    }
  }
  return loaded;
}

template <int N>
__device__ __forceinline__ Values<N> load_values(const Bf16* source) {
  Values<N> loaded;
  if constexpr (N == 1) {
    loaded.at[0] = to_float(*source);
  } else if constexpr (N == 4) {
    const uint2 piece = *reinterpret_cast<const uint2*>(source);
    loaded = {{first_of_pair(piece.x), second_of_pair(piece.x), first_of_pair(piece.y),
               second_of_pair(piece.y)}};
  } else {
    static_assert(N == 8);
    const uint4 piece = *reinterpret_cast<const uint4*>(source);
    loaded = {{first_of_pair(piece.x), second_of_pair(piece.x), first_of_pair(piece.y),
               second_of_pair(piece.y), first_of_pair(piece.z), second_of_pair(piece.z),
               first_of_pair(piece.w), second_of_pair(piece.w)}};
  }
  return loaded;
}

template <int N>
__device__ __forceinline__ void store_values(float* target, const Values<N>& values) {
  if constexpr (N == 1) {
    *target = values.at[0];
  } else {
    static_assert(N % 4 == 0);
    for (int i = 0; i < N; i += 4) {
      *reinterpret_cast<float4*>(target + i) =
          make_float4(values.at[i], values.at[i + 1], values.at[i + 2], values.at[i + 3]);
    }
  }
}

template <int N>
__device__ __forceinline__ void store_values(Bf16* target, const Values<N>& values) {
  const float* v = values.at;
  if constexpr (N == 1) {
    *target = to_bf16(v[0]);
  } else if constexpr (N == 4) {
    *reinterpret_cast<uint2*>(target) =
        make_uint2(to_bf16_pair(v[0], v[1]), to_bf16_pair(v[2], v[3]));
  } else {
    static_assert(N == 8);
    *reinterpret_cast<uint4*>(target) =
        make_uint4(to_bf16_pair(v[0], v[1]), to_bf16_pair(v[2], v[3]), to_bf16_pair(v[4], v[5]),
                   to_bf16_pair(v[6], v[7]));
  }
}

}  // namespace gpst::cuda
