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
GPST_INLINE T piece_sum(const T* values, int64_t count) {
  Vec<T> sums[4] = {};
  int64_t i = 0;
  for (; i + 4 * kLanes<T> <= count; i += 4 * kLanes<T>) {
    for (int k = 0; k < 4; ++k) sums[k] += load(values + i + k * kLanes<T>);
  }
  for_lanes<T>(count - i, [&](int64_t at, auto lanes) { sums[0] += load(values + i + at, lanes); });
  return sum<T>((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

// Around the rounded mean first; the remaining sum of the deviations corrects mean and squares, so
// that a constant has no spread whatever its value.
template <class T>
GPST_INLINE Moments piece_moments(const T* values, int64_t count) {
  const T centre = static_cast<T>(piece_sum(values, count) / static_cast<T>(count));
  Vec<T> sums[2] = {}, squares[2] = {};
  const auto add = [&](int k, Vec<T> deviation) {
    sums[k] += deviation;
    squares[k] += deviation * deviation;
  };
  int64_t i = 0;
  for (; i + 2 * kLanes<T> <= count; i += 2 * kLanes<T>) {
    add(0, load(values + i) - centre);
    add(1, load(values + i + kLanes<T>) - centre);
  }
  for_lanes<T>(count - i, [&](int64_t at, auto lanes) {
    add(0, only<T>(load(values + i + at, lanes) - centre, lanes));
  });
  const double n = static_cast<double>(count);
  const double rest = sum<T>(sums[0] + sums[1]);
  const double corrected = sum<T>(squares[0] + squares[1]) - rest * rest / n;
  // Rounding may leave it just below 0; a NaN is kept.
  return {n, centre + rest / n, corrected < 0 ? 0 : corrected};
}

template <class T>
void add_moments(const T* values, int64_t count, Moments& moments) {
  for (int64_t i = 0; i < count; i += kPiece) {
    moments.join(piece_moments(values + i, smaller(kPiece, count - i)));
  }
}

}  // namespace
}  // namespace gpst::cpu
