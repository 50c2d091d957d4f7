// The random numbers of base/philox.h on the device: the same integers, and normals that differ
// from base/philox's by one unit in the last place at most.
//
// base/philox takes logarithm, sine and cosine in double and rounds once. Here they are short
// series in double made of fma, multiplication, one float division and one square root, all of them
// rounded as IEEE 754 says: a GPU and a host make the same bits, so what a host measures about them
// holds on a GPU. Single precision is not enough for 2 units (its logarithm, root, sine and product
// round four times); CUDA's own double log and sincos carry range reductions for any argument.
//
// Operations for four numbers: 20 wide multiplications and 40 logical operations of Philox, then
// 110 double operations (two logarithms and roots, two sine-cosine pairs). A GPU with doubles at
// half rate (compute capability 8.0, 9.0, 10.0) does the doubles of 64 x 21 x 128 numbers in less
// time than it takes to read and write them.
#pragma once

#include <cstdint>

#include "base/philox.h"
#include "cuda/simt.h"

namespace gpst::cuda {

// Which numbers: those of PhiloxStream(seed, picture, purpose, step).
struct PhiloxBlocks {
  uint64_t seed;
  uint64_t picture;
  uint32_t high;  // purpose << 24 | step: the upper half of every block's number
};

__device__ __forceinline__ PhiloxBlocks philox_blocks(uint64_t seed, int64_t picture,
                                                      Purpose purpose, uint32_t step) {
  return {seed, static_cast<uint64_t>(picture), static_cast<uint32_t>(purpose) << 24 | step};
}

// Words 4 block .. 4 block + 3: philox4x32(seed, picture, high << 32 | block).
__device__ __forceinline__ uint4 philox_words(const PhiloxBlocks& numbers, uint32_t block) {
  constexpr uint32_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  constexpr int kRounds = 10;
  uint4 c = make_uint4(block, numbers.high, static_cast<uint32_t>(numbers.picture),
                       static_cast<uint32_t>(numbers.picture >> 32));
  uint32_t key0 = static_cast<uint32_t>(numbers.seed);
  uint32_t key1 = static_cast<uint32_t>(numbers.seed >> 32);
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t product0 = uint64_t{kMultiplier0} * c.x;
    const uint64_t product1 = uint64_t{kMultiplier1} * c.z;
    c = make_uint4(
        static_cast<uint32_t>(product1 >> 32) ^ c.y ^ key0, static_cast<uint32_t>(product1),
        static_cast<uint32_t>(product0 >> 32) ^ c.w ^ key1, static_cast<uint32_t>(product0));
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return c;
}

// c0 + c1 z + c2 z^2 + ...
__device__ __forceinline__ double polynomial(double, double c0) { return c0; }
template <class... Rest>
__device__ __forceinline__ double polynomial(double z, double c0, double c1, Rest... rest) {
  return fma(polynomial(z, c1, rest...), z, c0);
}

// ln u for u in [2^-33, 1]. With u = 2^e m, m in [sqrt(1/2), sqrt(2)), and s = (m-1)/(m+1):
// ln u = e ln 2 + 2 atanh s, |s| < 0.172; the first term left out is 2 s^15/15.
__device__ __forceinline__ double log_of_unit(float u) {
  constexpr double kLn2 = 0x1.62E42FEFA39EFp-1;
  constexpr int kRootOfHalf = 0x3F3504F3;
  const int exponent = (static_cast<int>(__float_as_uint(u)) - kRootOfHalf) >> 23;
  const float m = __uint_as_float(__float_as_uint(u) - (static_cast<uint32_t>(exponent) << 23));
  const double below = 1.0 + m;
  const double start = 1.0F / (1.0F + m);  // good to 2^-23, squared by Newton's step
  const double s = (m - 1.0) * fma(start, fma(-below, start, 1.0), start);
  const double series =
      polynomial(s * s, 1.0, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13);
  return fma(static_cast<double>(exponent), kLn2, 2 * s * series);
}

struct SineCosine {
  double sine, cosine;
};

// Of v in [0, 2 pi] (the float above 2 pi included): v = k pi/2 + r, |r| <= pi/4; the first terms
// left out are r^15/15! and r^14/14!.
__device__ __forceinline__ SineCosine sine_cosine(float v) {
  constexpr double kHalfPi = 0x1.921FB54442D18p0, kHalfPiRest = 0x1.1A62633145C07p-54;
  constexpr float kTwoOverPi = 0.63661977F;
  const int k = static_cast<int>(fmaf(v, kTwoOverPi, 0.5F));
  const double back = -k;
  const double r = fma(back, kHalfPiRest, fma(back, kHalfPi, static_cast<double>(v)));
  const double z = r * r;
  const double sine = r * polynomial(z, 1.0, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880,
                                     -1.0 / 39916800, 1.0 / 6227020800);
  const double cosine = polynomial(z, 1.0, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320,
                                   -1.0 / 3628800, 1.0 / 479001600);
  const bool swapped = (k & 1) != 0;
  const double first = swapped ? cosine : sine, second = swapped ? sine : cosine;
  return {(k & 2) != 0 ? -first : first, ((k + 1) & 2) != 0 ? -second : second};
}

// The two normals of a pair of words, as base/philox.h says.
__device__ __forceinline__ float2 normals_from_pair(uint32_t first, uint32_t second) {
  constexpr float kTwoPiTimesTwoToMinus32 = 2.3283064e-10F * 6.2831855F;
  const float u = __fadd_rn(__fmul_rn(static_cast<float>(first), 0x1p-32F), 0x1p-33F);
  const float v = __fadd_rn(__fmul_rn(static_cast<float>(second), kTwoPiTimesTwoToMinus32),
                            kTwoPiTimesTwoToMinus32 / 2);
  const double length = sqrt(-2.0 * log_of_unit(u));
  const SineCosine angle = sine_cosine(v);
  return make_float2(static_cast<float>(length * angle.sine),
                     static_cast<float>(length * angle.cosine));
}

// Normals 4 block .. 4 block + 3.
__device__ __forceinline__ float4 philox_normals(const PhiloxBlocks& numbers, uint32_t block) {
  const uint4 words = philox_words(numbers, block);
  const float2 a = normals_from_pair(words.x, words.y), b = normals_from_pair(words.z, words.w);
  return make_float4(a.x, a.y, b.x, b.y);
}

}  // namespace gpst::cuda
