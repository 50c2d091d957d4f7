#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <cstdint>

namespace gpst::bench {

// Tokens [B,l,5+c] whose Gaussians are as large as the regions of a partition of l.
inline at::Tensor random_tokens(int64_t pictures, int64_t tokens, int64_t channels) {
  at::manual_seed(0);
  const double side = 2.0 / std::sqrt(static_cast<double>(tokens));
  at::Tensor values = at::randn({pictures, tokens, 5 + channels});
  values.narrow(2, 0, 2).uniform_(side / 6, side / 2);
  values.narrow(2, 2, 1).uniform_(-0.5, 0.5);
  values.narrow(2, 3, 2).uniform_(-1, 1);
  return values;
}

}  // namespace gpst::bench
