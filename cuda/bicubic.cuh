// Bicubic enlargement of a short axis: a = -0.75, half-pixel centres, borders replicated.
#pragma once

#include "cuda/simt.h"

namespace gpst::cuda {

inline constexpr int kBicubicTaps = 4;

// Of nodes first .. first + 3; where the axis has fewer than 4 nodes, the weights behind it are 0.
// They sum to 1.
struct BicubicTaps {
  int first;
  float weight[kBicubicTaps];
};

// Keys' cubic at distance |d| < 2 from a node.
__device__ __forceinline__ double cubic(double d) {
  constexpr double kA = -0.75;
  d = fabs(d);
  if (d <= 1) return ((kA + 2) * d - (kA + 3)) * d * d + 1;
  return ((kA * d - 5 * kA) * d + 8 * kA) * d - 4 * kA;
}

// Element i of an axis of `size` that n nodes are enlarged to. About 100 operations in double.
__device__ __forceinline__ BicubicTaps bicubic_taps(int i, int n, int size) {
  const double source = (i + 0.5) * n / size - 0.5;
  const int base = static_cast<int>(floor(source));
  BicubicTaps taps = {max(0, min(base - 1, n - kBicubicTaps)), {}};
  // Compared rather than indexed, so that everything stays in registers.
#pragma unroll
  for (int tap = 0; tap < kBicubicTaps; ++tap) {
    double weight = 0;
#pragma unroll
    for (int k = -1; k <= 2; ++k) {
      const int node = max(0, min(base + k, n - 1));
      weight += node == taps.first + tap ? cubic(source - (base + k)) : 0.0;
    }
    taps.weight[tap] = static_cast<float>(weight);
  }
  return taps;
}

}  // namespace gpst::cuda
