#include "flow/schedule.h"

#include <algorithm>

namespace gpst {
namespace {

struct Ends {
  double t0, t1;
};

double sample_eps(const TransportOptions& transport) {
  const bool exact =
      transport.path_type != PathType::vp && transport.prediction == Prediction::velocity;
  return transport.sample_eps.value_or(exact ? 0 : 1e-3);
}

Ends ode_ends(const TransportOptions& transport) {
  const double eps = sample_eps(transport);
  if (transport.path_type == PathType::vp) return {0, 1 - eps};
  if (transport.prediction == Prediction::velocity) return {0, 1};
  return {eps, 1 - eps};
}

Ends sde_ends(const TransportOptions& transport, const SamplingOptions& options) {
  constexpr double kSbdmStart = 1e-3;  // SBDM divides by t
  const double eps = sample_eps(transport);
  const bool to_the_end = options.last_step == LastStep::none || options.last_step_size == 0;
  Ends ends{0, to_the_end ? 1 - eps : 1 - options.last_step_size};
  if (transport.path_type == PathType::vp) return ends;
  if (transport.prediction != Prediction::velocity) ends.t0 = eps;
  if (options.diffusion_form == DiffusionForm::sbdm) ends.t0 = std::max(ends.t0, kSbdmStart);
  return ends;
}

// As torch.linspace in float32: from both ends towards the middle.
float linspace_at(float first, float last, int64_t index, int64_t count) {
  const float step = (last - first) / static_cast<float>(count - 1);
  if (index < count / 2) return first + step * static_cast<float>(index);
  return last - step * static_cast<float>(count - 1 - index);
}

double shifted(double u, double shift) { return u / (u + shift * (1 - u)); }

}  // namespace

std::vector<float> time_points(const TransportOptions& transport, const SamplingOptions& options) {
  const Ends ends = is_sde(options.solver) ? sde_ends(transport, options) : ode_ends(transport);
  std::vector<float> times(static_cast<size_t>(options.steps));
  for (int64_t k = 0; k < options.steps; ++k) {
    float& t = times[static_cast<size_t>(k)];
    if (options.timestep_shift == 1) {
      t = linspace_at(static_cast<float>(ends.t0), static_cast<float>(ends.t1), k, options.steps);
    } else {
      const double u = static_cast<double>(k) / static_cast<double>(options.steps - 1);
      t = static_cast<float>(ends.t0 + (ends.t1 - ends.t0) * shifted(u, options.timestep_shift));
    }
  }
  return times;
}

}  // namespace gpst
