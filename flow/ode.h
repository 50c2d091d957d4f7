// Integrators of dx/dt = v(x, t), v the velocity of the flow. Each takes time points (schedule.h)
// and returns the state at the last; the state [N,C,l,1] may have several rows.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <span>

#include "flow/observer.h"
#include "flow/options.h"
#include "flow/velocity_field.h"

namespace gpst {

// v(x, t), one evaluation of the net.
using OdeFunction = std::function<at::Tensor(const at::Tensor& x, float t)>;

// The velocity of a net's flow. Keeps a reference to the field.
OdeFunction ode_function(VelocityField& field, const TransportOptions& transport);

// One step from every time point to the next. With h the step's length, k1 = v(x, t):
//   euler     x + h k1
//   heun      x + h/2 (k1 + v(x + h k1, t + h))                          (explicit trapezoid)
//   midpoint  x + h v(x + h/2 k1, t + h/2)
//   rk4       the 3/8 rule: nodes 0, 1/3, 2/3, 1, weights 1, 3, 3, 1 over 8
at::Tensor integrate_fixed(const OdeFunction& v, at::Tensor x, std::span<const float> times,
                           Solver solver, const StateObserver& observe);

}  // namespace gpst
