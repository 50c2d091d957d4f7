// The time points of a sampler (numerics.md 7 and the reference program's interval rules).
#pragma once

#include <vector>

#include "flow/options.h"

namespace gpst {

// linspace(t0, t1, steps) in float32; with a timestep shift s, the share u of the way from t0 to t1
// becomes u / (u + s (1 - u)), so that both ends stay.
//
// ODE: [0, 1] for velocity nets on the linear and GVP paths, [eps, 1 - eps] for noise and score
// nets on them, [0, 1 - eps] on VP. SDE: t0 = 0, at least 1e-3 for SBDM off VP and at least eps for
// noise and score nets off VP; t1 = 1 - last_step_size, or 1 - eps when the last step is none or of
// size 0. eps is transport.sample_eps; absent it is 0 for velocity nets off VP and 1e-3 otherwise.
std::vector<float> time_points(const TransportOptions& transport, const SamplingOptions& options);

}  // namespace gpst
