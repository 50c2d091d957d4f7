// The adaptive Runge-Kutta method of Dormand and Prince of order 5, with the step controller of
// torchdiffeq, which the published program uses.
#pragma once

#include <functional>
#include <span>

#include "flow/ode.h"

namespace gpst {

struct ErrorBounds {
  double relative, absolute;
};

// One attempt of a step, after which the controller has chosen the length of the next one.
struct DopriAttempt {
  double time = 0, length = 0;  // from time to time + length
  double error_ratio = 0;
  double next_length = 0;
  bool accepted() const { return error_ratio <= 1; }
};

// Called after the first length is chosen (an attempt of length 0) and after every attempt; the
// length it returns is tried next instead of next_length. May throw to stop.
using DopriWatcher = std::function<double(const DopriAttempt& attempt)>;

// State at the last of `times`; at each of them the state comes from the step's quartic
// interpolant, so the last steps may look beyond. A step is accepted when
//   rms(error / (absolute + relative max(|x0|, |x1|))) <= 1,  the mean over all rows together,
// and the next one is longer by min(10, max(0.9 / ratio^(1/5), ratio < 1 ? 1 : 0.2)). Times and
// steps are double, states float32. InputError when the velocity is not finite.
//
// The error of a short step is a small difference of rounded numbers, so rounding has a say in how
// long the next steps are (docs/numerics.md). Every sum is therefore taken in the order and the
// precision that torchdiffeq takes it: the same velocities give the same steps and states to the
// bit. As there, the stages at the end of a step see the float32 just below its time, so that a
// jump of the velocity at that time belongs to the next step.
at::Tensor integrate_dopri5(const OdeFunction& v, const at::Tensor& x, std::span<const float> times,
                            ErrorBounds bounds, const StateObserver& observe,
                            const DopriWatcher& watch = {});

}  // namespace gpst
