#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace gpst {

// How often each magnitude bin occurs among the 64x64 pixels of a resized region.
inline constexpr int kEdgeBins = 256;
inline constexpr int kEdgePixels = 64 * 64;

struct EdgeHistogram {
  std::array<int32_t, kEdgeBins> counts{};
  int32_t total = 0;  // below kEdgePixels where magnitudes were dropped
};

// log2 by a fixed series in plain double arithmetic, within 2 units in the last place: a math
// library's differs between machines, and with it the order of nearly equal regions. x > 0.
double portable_log2(double x);

// Entropy in bits of edge histograms: E = -sum p*log2(p + 1e-10) with p = count/(total + 1e-5).
// The terms of every possible count are tabulated once, for the usual total. Terms and powers are
// those of cuda/entropy_math.h: a device's partition sorts by the same bits.
class EntropyTable {
 public:
  EntropyTable();
  double entropy(const EdgeHistogram& histogram) const;

 private:
  std::vector<double> terms_;  // p*log2(p + 1e-10) of count 0..kEdgePixels
};

// entropy^exponent. Multiples of 0.5 up to 16 take products and one square root only, and so give
// the same bits everywhere; others take pow.
double entropy_power(double entropy, double exponent);

}  // namespace gpst
