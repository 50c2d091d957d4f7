// How close an approximate result is to the exact one, for computations in fewer bits.
#pragma once

#include <ATen/ATen.h>

#include <cmath>

namespace gpst {

// Peak signal-to-noise ratio in dB; the peak is the range of `exact`.
inline double signal_ratio_db(const at::Tensor& actual, const at::Tensor& exact) {
  const at::Tensor a = actual.to(at::kDouble), e = exact.to(at::kDouble);
  const double range = (e.max() - e.min()).item<double>();
  return 20 * std::log10(range / (a - e).square().mean().sqrt().item<double>());
}

}  // namespace gpst
