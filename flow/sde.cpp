#include "flow/sde.h"

#include <cmath>
#include <numbers>

namespace gpst {
namespace {

// What an integrator asks of the field at one time.
class SdeTerms {
 public:
  SdeTerms(VelocityField& field, const TransportOptions& transport, const SamplingOptions& options)
      : field_(field), transport_(transport), options_(options) {}

  PathPoint point(float t) const { return path_at(transport_.path_type, t); }

  double diffusion(float t) const {
    return diffusion_at(point(t), options_.diffusion_form, options_.diffusion_norm);
  }

  at::Tensor drift(const at::Tensor& x, float t) const {
    return drift_at(point(t), transport_, options_).of(field_.evaluate(x, t), x);
  }

  at::Tensor velocity(const at::Tensor& x, float t) const {
    return velocity_at(point(t), transport_.prediction).of(field_.evaluate(x, t), x);
  }

  at::Tensor score(const at::Tensor& x, float t) const {
    return score_at(point(t), transport_.prediction).of(field_.evaluate(x, t), x);
  }

 private:
  VelocityField& field_;
  const TransportOptions& transport_;
  const SamplingOptions& options_;
};

at::Tensor euler_step(const SdeTerms& terms, const at::Tensor& x, float t, double h,
                      const at::Tensor& kick) {
  return at::add(x, terms.drift(x, t), h) + kick;
}

at::Tensor heun_step(const SdeTerms& terms, const at::Tensor& x, float t, double h,
                     const at::Tensor& kick) {
  const at::Tensor kicked = x + kick;
  const at::Tensor k1 = terms.drift(kicked, t);
  const at::Tensor k2 = terms.drift(at::add(kicked, k1, h), static_cast<float>(t + h));
  return at::add(kicked, k1 + k2, h / 2);
}

at::Tensor last_step(const SdeTerms& terms, const at::Tensor& x, float t, LastStep kind,
                     double size) {
  switch (kind) {
    case LastStep::mean:
      return at::add(x, terms.drift(x, t), size);
    case LastStep::euler:
      return at::add(x, terms.velocity(x, t), size);
    case LastStep::tweedie: {
      const PathPoint p = terms.point(t);
      return x / p.alpha + terms.score(x, t) * (p.sigma * p.sigma / p.alpha);
    }
    case LastStep::none:
      break;
  }
  return x;
}

}  // namespace

double diffusion_at(const PathPoint& p, DiffusionForm form, double norm) {
  constexpr double kPi = std::numbers::pi;
  switch (form) {
    case DiffusionForm::sbdm:
      return norm * p.diffusion;
    case DiffusionForm::sigma:
      return norm * p.sigma;
    case DiffusionForm::linear:
      return norm * (1 - p.t);
    case DiffusionForm::constant:
      return norm;
    case DiffusionForm::decreasing:
      return std::pow(norm * std::cos(kPi * p.t) + 1, 2) / 4;
    case DiffusionForm::increasing_decreasing:
      return norm * std::pow(std::sin(kPi * p.t), 2);
  }
  return 0;
}

Combination drift_at(const PathPoint& p, const TransportOptions& transport,
                     const SamplingOptions& options) {
  const Combination v = velocity_at(p, transport.prediction);
  const Combination score = score_at(p, transport.prediction);
  const double w = diffusion_at(p, options.diffusion_form, options.diffusion_norm);
  return {.output = v.output + w * score.output, .state = v.state + w * score.state};
}

at::Tensor integrate_sde(VelocityField& field, NoiseSource& noise, at::Tensor x,
                         std::span<const float> times, const TransportOptions& transport,
                         const SamplingOptions& options, const StateObserver& observe) {
  const SdeTerms terms(field, transport, options);
  const auto step = options.solver == Solver::sde_heun ? heun_step : euler_step;
  int64_t k = 0;
  for (; k + 1 < static_cast<int64_t>(times.size()); ++k) {
    const float t = times[static_cast<size_t>(k)];
    const double h = static_cast<double>(times[static_cast<size_t>(k + 1)]) - t;
    const at::Tensor kick = noise.step(k, x.sizes()) * std::sqrt(2 * terms.diffusion(t) * h);
    x = step(terms, x, t, h, kick);
    notify(observe, k, x);
  }
  x = last_step(terms, x, times.back(), options.last_step, options.last_step_size);
  notify(observe, k, x);
  return x;
}

}  // namespace gpst
