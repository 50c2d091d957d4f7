// A vectorised exponential, within 2 ulp of the exact value (tests/ops/exp_test.cpp measures it).
// Below kMin (results under 2.5e-38, in double 5e-308) it is 0; overflow is +inf; NaN stays NaN.
#pragma once

#include "ops/cpu/simd.h"

namespace gpst::cpu {
namespace {

template <class T>
struct ExpConstants;

// exp(x) = 2^n exp(r) with n = round(x / ln 2) and r = x - n ln 2 in two parts, |r| <= ln(2)/2.
// kDegree of the Taylor polynomial: its rest term is below 0.1 ulp of 1.
template <>
struct ExpConstants<float> {
  static constexpr float kMin = -86.6F;         // n is at least -125, so that 2^(n-1) is normal
  static constexpr float kMax = 89.0F;          // beyond the overflow; n stays at most 128
  static constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  static constexpr float kInvLn2 = 1.44269504F;
  static constexpr float kLn2High = 0.693359375F;  // few bits, so that n * kLn2High is exact
  static constexpr float kLn2Low = -2.12194440e-4F;
  static constexpr int kDegree = 7;
  static constexpr int kMantissaBits = 23;
  static constexpr int kBias = 127;
};
template <>
struct ExpConstants<double> {
  static constexpr double kMin = -707.7;  // n is at least -1021
  static constexpr double kMax = 709.9;
  static constexpr double kRound = 6755399441055744.0;  // 1.5 * 2^52
  static constexpr double kInvLn2 = 1.4426950408889634074;
  static constexpr double kLn2High = 0.693145751953125;
  static constexpr double kLn2Low = 1.4286068203094172321e-6;
  static constexpr int kDegree = 13;
  static constexpr int kMantissaBits = 52;
  static constexpr int kBias = 1023;
};

template <int n>
constexpr double kInverseFactorial = kInverseFactorial<n - 1> / n;
template <>
constexpr double kInverseFactorial<0> = 1.0;

// sum over k = from .. degree of r^(k-from) / k!, by Horner's rule.
template <class T, int from, int degree>
GPST_INLINE Vec<T> exp_series(Vec<T> r) {
  constexpr T coefficient = static_cast<T>(kInverseFactorial<from>);
  if constexpr (from == degree) {
    return broadcast<T>(coefficient);
  } else {
    return exp_series<T, from + 1, degree>(r) * r + coefficient;
  }
}

template <class T>
GPST_INLINE Vec<T> vexp(Vec<T> x) {
  using C = ExpConstants<T>;
  const Vec<T> lowest = broadcast<T>(C::kMin);
  const Vec<T> highest = broadcast<T>(C::kMax);
  // Both selections keep a NaN: comparisons with it are false.
  Vec<T> bounded = x < lowest ? lowest : x;
  bounded = bounded > highest ? highest : bounded;
  const Vec<T> shifted = bounded * C::kInvLn2 + C::kRound;
  const Vec<T> n = shifted - C::kRound;
  const Vec<T> r = (bounded - n * C::kLn2High) - n * C::kLn2Low;
  const Vec<T> series = exp_series<T, 1, C::kDegree>(r) * r + T(1);
  // The integer n stands in the low bits of `shifted`; the shift drops the others. 2^128 (2^1024)
  // would be inf too early, hence the multiplication in two steps.
  const IntVec<T> bits = reinterpret_cast<IntVec<T>>(shifted);
  const IntVec<T> scale = (bits + (C::kBias - 1)) << C::kMantissaBits;
  const Vec<T> result = series * reinterpret_cast<Vec<T>>(scale) * T(2);
  return x < lowest ? Vec<T>{} : result;
}

}  // namespace
}  // namespace gpst::cpu
