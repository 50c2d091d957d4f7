#include "flow/ode.h"

#include "base/error.h"

namespace gpst {
namespace {

struct Interval {
  float begin, end;
  double length() const { return static_cast<double>(end) - begin; }
  float at(double share) const { return static_cast<float>(begin + share * length()); }
};

at::Tensor euler_step(const OdeFunction& v, const at::Tensor& x, Interval i) {
  return at::add(x, v(x, i.begin), i.length());
}

at::Tensor heun_step(const OdeFunction& v, const at::Tensor& x, Interval i) {
  const double h = i.length();
  const at::Tensor k1 = v(x, i.begin);
  const at::Tensor k2 = v(at::add(x, k1, h), i.end);
  return at::add(x, k1 + k2, h / 2);
}

at::Tensor midpoint_step(const OdeFunction& v, const at::Tensor& x, Interval i) {
  const double h = i.length();
  const at::Tensor middle = at::add(x, v(x, i.begin), h / 2);
  return at::add(x, v(middle, i.at(0.5)), h);
}

at::Tensor rk4_step(const OdeFunction& v, const at::Tensor& x, Interval i) {
  const double h = i.length();
  const at::Tensor k1 = v(x, i.begin);
  const at::Tensor k2 = v(at::add(x, k1, h / 3), i.at(1.0 / 3));
  const at::Tensor k3 = v(at::add(x, at::sub(k2, k1, 1.0 / 3), h), i.at(2.0 / 3));
  const at::Tensor k4 = v(at::add(x, k1 - k2 + k3, h), i.end);
  return at::add(x, k1 + (k2 + k3) * 3 + k4, h / 8);
}

using Step = at::Tensor (*)(const OdeFunction& v, const at::Tensor& x, Interval i);

Step step_of(Solver solver) {
  switch (solver) {
    case Solver::euler:
      return euler_step;
    case Solver::heun:
      return heun_step;
    case Solver::midpoint:
      return midpoint_step;
    case Solver::rk4:
      return rk4_step;
    default:
      throw ConfigError("solver: expected euler, heun, midpoint or rk4 for fixed ODE steps");
  }
}

}  // namespace

OdeFunction ode_function(VelocityField& field, const TransportOptions& transport) {
  return [&field, path = transport.path_type, prediction = transport.prediction](
             const at::Tensor& x, float t) {
    const Combination velocity = velocity_at(path_at(path, t), prediction);
    return velocity.of(field.evaluate(x, t), x);
  };
}

at::Tensor integrate_fixed(const OdeFunction& v, at::Tensor x, std::span<const float> times,
                           Solver solver, const StateObserver& observe) {
  const Step step = step_of(solver);
  notify(observe, 0, x);
  for (size_t k = 1; k < times.size(); ++k) {
    x = step(v, x, {times[k - 1], times[k]});
    notify(observe, static_cast<int64_t>(k), x);
  }
  return x;
}

}  // namespace gpst
