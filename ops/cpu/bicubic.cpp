#include "ops/cpu/bicubic.h"

#include <algorithm>
#include <cmath>

namespace gpst::cpu {
namespace {

constexpr double kA = -0.75;

// Keys' cubic at distance |d| < 2 from a node.
double cubic(double d) {
  d = std::abs(d);
  if (d <= 1) return ((kA + 2) * d - (kA + 3)) * d * d + 1;
  return ((kA * d - 5 * kA) * d + 8 * kA) * d - 4 * kA;
}

}  // namespace

std::vector<double> bicubic_weights(int64_t n, int64_t size) {
  std::vector<double> weights(static_cast<size_t>(n * size), 0.0);  // [size, n]
  for (int64_t i = 0; i < size; ++i) {
    const double source = (static_cast<double>(i) + 0.5) * n / static_cast<double>(size) - 0.5;
    const int64_t base = static_cast<int64_t>(std::floor(source));
    for (int64_t node = base - 1; node <= base + 2; ++node) {
      const int64_t clamped = std::clamp<int64_t>(node, 0, n - 1);
      weights[static_cast<size_t>(i * n + clamped)] += cubic(source - static_cast<double>(node));
    }
  }
  return weights;
}

}  // namespace gpst::cpu
