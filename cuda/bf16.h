// bfloat16 as storage: the upper half of a float32. Arithmetic is done in float. The same bits from
// both compilers; host code may include this too.
#pragma once

#include <bit>
#include <cstdint>

#ifdef __CUDACC__
#define GPST_HOST_DEVICE __host__ __device__ __forceinline__
#else
#define GPST_HOST_DEVICE inline
#endif

namespace gpst::cuda {

struct Bf16 {
  uint16_t bits;
};

GPST_HOST_DEVICE float to_float(float value) { return value; }
GPST_HOST_DEVICE float to_float(Bf16 value) {
  const uint32_t bits = static_cast<uint32_t>(value.bits) << 16;
#ifdef __CUDA_ARCH__
  return __uint_as_float(bits);
#else
  return std::bit_cast<float>(bits);
#endif
}

// To the nearest, ties to even; beyond the largest finite number: infinity. Every NaN becomes
// 0x7FFF, as the GPU's own conversion has it.
GPST_HOST_DEVICE Bf16 to_bf16(float value) {
#ifdef __CUDA_ARCH__
  uint16_t converted;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(converted) : "f"(value));
  return {converted};
#else
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return {0x7FFF};
  return {static_cast<uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16)};
#endif
}

// Two values in a word, the first in the lower half, where its address is the lower.
GPST_HOST_DEVICE uint32_t to_bf16_pair(float first, float second) {
#ifdef __CUDA_ARCH__
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
  return pair;
#else
  return to_bf16(first).bits | static_cast<uint32_t>(to_bf16(second).bits) << 16;
#endif
}
GPST_HOST_DEVICE float first_of_pair(uint32_t pair) {
  return to_float(Bf16{static_cast<uint16_t>(pair & 0xFFFFu)});
}
GPST_HOST_DEVICE float second_of_pair(uint32_t pair) {
  return to_float(Bf16{static_cast<uint16_t>(pair >> 16)});
}

// For kernels written over the storage type.
GPST_HOST_DEVICE float load(const float* from) { return *from; }
GPST_HOST_DEVICE float load(const Bf16* from) { return to_float(*from); }
GPST_HOST_DEVICE void store(float* to, float value) { *to = value; }
GPST_HOST_DEVICE void store(Bf16* to, float value) { *to = to_bf16(value); }

}  // namespace gpst::cuda
