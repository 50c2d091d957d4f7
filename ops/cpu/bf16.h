// bfloat16 in memory, float in registers. A bfloat16 is the upper half of a float; kernels, which
// know no LibTorch, take its bits.
#pragma once

#include "ops/cpu/simd.h"

namespace gpst::cpu {
namespace {

typedef uint16_t Bf16Bits __attribute__((vector_size(kVectorBytes / 2)));
typedef uint32_t FloatBits __attribute__((vector_size(kVectorBytes)));

GPST_INLINE Vec<float> load_bf16(const uint16_t* p) {
  Bf16Bits bits;
  std::memcpy(&bits, p, sizeof(bits));
  return reinterpret_cast<Vec<float>>(__builtin_convertvector(bits, FloatBits) << 16);
}

// To the nearest, ties to even; a NaN stays one.
GPST_INLINE void store_bf16(uint16_t* p, Vec<float> v) {
  const FloatBits bits = reinterpret_cast<FloatBits>(v);
  const FloatBits rounded = bits + 0x7FFFU + ((bits >> 16) & 1U);
  const FloatBits quiet_nan = bits | 0x400000U;
  const Bf16Bits upper = __builtin_convertvector((v == v ? rounded : quiet_nan) >> 16, Bf16Bits);
  std::memcpy(p, &upper, sizeof(upper));
}

}  // namespace
}  // namespace gpst::cpu
