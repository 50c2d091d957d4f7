// The adaptive Runge-Kutta method of Dormand and Prince of order 5, with the step controller of
// torchdiffeq, which the published program uses.
#pragma once

#include <span>

#include "flow/ode.h"

namespace gpst {

struct ErrorBounds {
  double relative, absolute;
};

// State at the last of `times`; at each of them the state comes from the step's quartic
// interpolant, so the last steps may look beyond. A step is accepted when
//   rms(error / (absolute + relative max(|x0|, |x1|))) <= 1,  the mean over all rows together,
// and the next one is longer by min(10, max(0.9 / ratio^(1/5), ratio < 1 ? 1 : 0.2)). Times and
// steps are double, states float32. InputError when the velocity is not finite.
at::Tensor integrate_dopri5(const OdeFunction& v, const at::Tensor& x, std::span<const float> times,
                            ErrorBounds bounds, const StateObserver& observe);

}  // namespace gpst
