// The SDE of a flow (numerics.md 7):  dx = (v + w(t) score) dt + sqrt(2 w(t)) dW.
#pragma once

#include <ATen/ATen.h>

#include <span>

#include "flow/noise_source.h"
#include "flow/observer.h"
#include "flow/options.h"
#include "flow/velocity_field.h"

namespace gpst {

// w(t): SBDM D(t) of the path, or sigma(t), 1 - t, 1, (cos(pi t) + 1)^2 / 4, sin(pi t)^2, scaled by
// `norm` (of "decreasing" the cosine is scaled).
double diffusion_at(const PathPoint& point, DiffusionForm form, double norm);

// v + w score.
Combination drift_at(const PathPoint& point, const TransportOptions& transport,
                     const SamplingOptions& options);

// One noisy step from every time point to the next, then the last step. With h the step's length,
// n = sqrt(2 w h) noise and drift = v + w score from one evaluation of the net:
//   Euler  x + h drift(x, t) + n
//   Heun   y + h/2 (k1 + drift(y + h k1, t + h)),  y = x + n, k1 = drift(y, t)
// Last step of length s = last_step_size at the last time point:
//   Mean x + s drift; Euler x + s v; Tweedie x / alpha + sigma^2 / alpha score; none x.
at::Tensor integrate_sde(VelocityField& field, NoiseSource& noise, at::Tensor x,
                         std::span<const float> times, const TransportOptions& transport,
                         const SamplingOptions& options, const StateObserver& observe);

}  // namespace gpst
