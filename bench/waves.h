#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace gpst::bench {

// A picture of waves whose detail is spread unevenly; `phase` tells pictures apart.
// [3,side,side] in [-1,1]
inline at::Tensor waves(int64_t side, double phase = 0) {
  const at::Tensor i = at::arange(side, at::kFloat) * (256.0 / static_cast<double>(side));
  const at::Tensor wave = at::outer(at::sin(i * 0.13 + phase), at::cos(i * 0.07 + 0.001 * i * i));
  return at::stack({wave, wave.t(), wave.flip(0)});
}

}  // namespace gpst::bench
