// Sizes of Gaussians on a logarithmic scale, on which dyadic sizes are evenly spaced.
#pragma once

#include <ATen/ATen.h>

namespace gpst {

// A Gaussian of a single pixel has sigma 0; on this scale anything below 2^-12 (an eighth of a
// pixel of 1024) counts as 2^-12.
inline constexpr double kSmallestSigma = 1.0 / 4096;

inline at::Tensor log2_sigma(const at::Tensor& sigma) {
  return at::log2(at::clamp_min(sigma, kSmallestSigma));
}

}  // namespace gpst
