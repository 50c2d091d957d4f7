// The element formulas of the norms, forward and derivative side by side.
#pragma once

#include "ops/cpu/exp.h"
#include "ops/cpu/norm_kernel.h"

namespace gpst::cpu {
namespace {

template <class T>
GPST_INLINE Vec<T> sigmoid(Vec<T> z) {
  return T(1) / (T(1) + vexp<T>(-z));
}

template <Activation activation, class T>
GPST_INLINE Vec<T> activate(Vec<T> z) {
  if constexpr (activation == Activation::silu) return z / (T(1) + vexp<T>(-z));
  return z;
}

// d activate(z) / dz times grad.
template <Activation activation, class T>
GPST_INLINE Vec<T> activate_gradient(Vec<T> z, Vec<T> grad) {
  if constexpr (activation == Activation::silu) {
    const Vec<T> s = sigmoid<T>(z);
    return grad * s * (T(1) + z * (T(1) - s));
  }
  return grad;
}

// What (x - mean) is multiplied with.
GPST_INLINE double scale_of(NormKind kind, double deviation, double eps) {
  if (kind == NormKind::tile) return 1 / (deviation + eps);
  return 1 / __builtin_sqrt(deviation * deviation + eps);
}

// How a tile's statistics pass their gradient to its elements: grad_x += constant + slope (x -
// mean).
struct StatisticsGradient {
  double constant = 0;
  double slope = 0;
};

// From the derivatives with respect to mean and deviation, over `count` elements. A deviation of 0
// passes nothing on.
GPST_INLINE StatisticsGradient spread(double d_mean, double d_deviation, double deviation,
                                      double count) {
  const double slope = deviation == 0 ? 0 : d_deviation / (count * deviation);
  return {d_mean / count, slope};
}

// d scale / d deviation.
GPST_INLINE double scale_gradient(NormKind kind, double deviation, double scale) {
  if (kind == NormKind::tile) return -scale * scale;
  return -deviation * scale * scale * scale;
}

}  // namespace
}  // namespace gpst::cpu
