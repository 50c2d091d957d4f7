// Arithmetic of the partition's sort key (numerics, section 2), one source for the host and the
// device: plain double operations, each rounded by itself, so that both get the same bits. Compile
// users with -ffp-contract=off (g++) and -fmad=false (nvcc).
#pragma once

#include <cmath>

#ifdef __CUDACC__
#define GPST_BOTH_SIDES __host__ __device__
#else
#define GPST_BOTH_SIDES
#endif

namespace gpst::entropy_math {

inline constexpr int kBins = 256;        // magnitudes reach the upper half of 512 bins
inline constexpr int kPixels = 64 * 64;  // of a resized region

// log2 by a fixed series, within 2 units in the last place. x > 0.
GPST_BOTH_SIDES inline double log2_of(double x) {
  constexpr double kTwoOverLn2 = 2.8853900817779268147;
  int power = 0;
  double m = frexp(x, &power);
  if (m < 0.70710678118654752440) {
    m *= 2;
    --power;
  }
  // log m = 2 atanh(z) and |z| <= 0.172: the 13th power of z^2 is below double's resolution.
  const double z = (m - 1) / (m + 1);
  const double z2 = z * z;
  double series = 0;
  for (int n = 12; n >= 1; --n) series = (series + 1.0 / (2 * n + 1)) * z2;
  return power + kTwoOverLn2 * (z + z * series);
}

// p*log2(p + 1e-10), p = count/(total + 1e-5): minus one bin's share of the entropy.
GPST_BOTH_SIDES inline double term(int count, int total) {
  const double p = count / (total + 1e-5);
  return p * log2_of(p + 1e-10);
}

// Exponents that take products and one square root only: multiples of 0.5 from 0 to 16.
struct HalfPower {
  int whole = 0;
  bool half = false;

  GPST_BOTH_SIDES double of(double entropy) const {
    double power = 1;
    for (int i = 0; i < whole; ++i) power *= entropy;
    return half ? power * sqrt(entropy) : power;
  }
};

// Whether `exponent` is one of them; writes it to `power` then.
inline bool is_half_power(double exponent, HalfPower& power) {
  constexpr double kLargest = 16;
  const double whole = std::floor(exponent);
  const double fraction = exponent - whole;
  if ((fraction != 0 && fraction != 0.5) || exponent < 0 || exponent > kLargest) return false;
  power = {static_cast<int>(whole), fraction == 0.5};
  return true;
}

}  // namespace gpst::entropy_math
