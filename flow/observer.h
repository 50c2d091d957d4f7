// How a caller follows an integration.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>

namespace gpst {

// Called with index k and state x [N,C,l,1]. SDE: k = 0 after the first step, the last step's
// result last. ODE: k = 0 is the start, then every output point. May throw to stop.
using StateObserver = std::function<void(int64_t k, const at::Tensor& x)>;

inline void notify(const StateObserver& observe, int64_t k, const at::Tensor& x) {
  if (observe) observe(k, x);
}

}  // namespace gpst
