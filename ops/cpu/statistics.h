// Mean and sum of squared deviations of many values, read once. Short pieces are summed in T around
// their own mean, the pieces are joined in double: no cancellation when the mean is large.
#pragma once

#include "ops/cpu/lanes.h"
#include "ops/cpu/simd.h"

namespace gpst::cpu {
namespace {

struct Moments {
  double count = 0;
  double mean = 0;
  double squares = 0;  // sum of (value - mean)^2

  void join(const Moments& other) {
    const double total = count + other.count;
    const double delta = other.mean - mean;
    mean += delta * other.count / total;
    squares += other.squares + delta * delta * count * other.count / total;
    count = total;
  }
};

// Elements that are summed in T before the sum becomes a double.
constexpr int64_t kPiece = 2048;

template <class T>
GPST_INLINE Moments piece_moments(const T* values, int64_t count) {
  Vec<T> sums[4] = {};
  int64_t i = 0;
  for (; i + 4 * kLanes<T> <= count; i += 4 * kLanes<T>) {
    for (int k = 0; k < 4; ++k) sums[k] += load(values + i + k * kLanes<T>);
  }
  for_lanes<T>(count - i, [&](int64_t at, auto lanes) { sums[0] += load(values + i + at, lanes); });
  const double mean = sum<T>((sums[0] + sums[1]) + (sums[2] + sums[3])) / double(count);
  const Vec<T> centre = broadcast(static_cast<T>(mean));
  // The rounding of the mean itself is taken out of the squares by join's rule.
  const double rest = mean - static_cast<double>(static_cast<T>(mean));
  Vec<T> squares[4] = {};
  for (i = 0; i + 4 * kLanes<T> <= count; i += 4 * kLanes<T>) {
    for (int k = 0; k < 4; ++k) {
      const Vec<T> d = load(values + i + k * kLanes<T>) - centre;
      squares[k] += d * d;
    }
  }
  for_lanes<T>(count - i, [&](int64_t at, auto lanes) {
    const Vec<T> d = only<T>(load(values + i + at, lanes) - centre, lanes);
    squares[0] += d * d;
  });
  const double total = sum<T>((squares[0] + squares[1]) + (squares[2] + squares[3]));
  const double corrected = total - rest * rest * double(count);
  return {double(count), mean, corrected > 0 ? corrected : (total == total ? 0.0 : total)};
}

template <class T>
void add_moments(const T* values, int64_t count, Moments& moments) {
  for (int64_t i = 0; i < count; i += kPiece) {
    moments.join(piece_moments(values + i, smaller(kPiece, count - i)));
  }
}

}  // namespace
}  // namespace gpst::cpu
