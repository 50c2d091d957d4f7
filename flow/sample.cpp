#include "flow/sample.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"
#include "flow/dopri5.h"
#include "flow/guidance.h"
#include "flow/ode.h"
#include "flow/schedule.h"
#include "flow/sde.h"

namespace gpst {
namespace {

struct Calls {
  std::vector<float> times;
  int64_t rows = 0;
};

// The integrators themselves know best: they run on a net that does nothing.
Calls dry_run(const TransportOptions& transport, const SamplingOptions& options) {
  const std::array<int64_t, 4> shape{1, std::max<int64_t>(1, options.cfg_channels), 1, 1};
  FunctionField nothing([](const at::Tensor& x, float) { return at::zeros_like(x); });
  CountingField counter(nothing);
  RecordedNoise silence(at::zeros(shape),
                        at::zeros({1}).expand({options.steps, 1, shape[1], 1, 1}));
  sample_flow(counter, silence, shape, transport, options);
  return {counter.times(), counter.rows()};
}

}  // namespace

at::Tensor sample_flow(VelocityField& net, NoiseSource& noise, at::IntArrayRef shape,
                       const TransportOptions& transport, const SamplingOptions& options,
                       const StateObserver& observe) {
  options.check_for(shape[1]);
  const c10::NoGradGuard no_grad;
  GuidedField field(net, Guidance::of(options));
  const std::vector<float> times = time_points(transport, options);
  const at::Tensor start = noise.initial(shape);
  if (is_sde(options.solver)) {
    return integrate_sde(field, noise, start, times, transport, options, observe);
  }
  const OdeFunction v = ode_function(field, transport);
  if (options.solver == Solver::dopri5) {
    return integrate_dopri5(v, start, times, {.relative = options.rtol, .absolute = options.atol},
                            observe);
  }
  return integrate_fixed(v, start, times, options.solver, observe);
}

std::vector<float> evaluation_times(const TransportOptions& transport,
                                    const SamplingOptions& options) {
  if (options.solver == Solver::dopri5) return {};
  return dry_run(transport, options).times;
}

int64_t rows_per_picture(const TransportOptions& transport, const SamplingOptions& options) {
  if (options.solver == Solver::dopri5) {
    throw ConfigError("solver: dopri5 chooses its own steps, their number is not known before");
  }
  return dry_run(transport, options).rows;
}

}  // namespace gpst
