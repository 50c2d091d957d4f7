#include "flow/dopri5.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace gpst {
namespace {

constexpr size_t kStages = 7;
using Weights = std::array<double, kStages>;

// Stage s (from 1) is taken at node[s-1] from the stages before it, weighted by rows[s-1]. The last
// row is the solution of order 5, so the last stage is the first of the next step.
constexpr std::array<double, kStages - 1> kNodes{1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1};
constexpr std::array<Weights, kStages - 1> kRows{{
    {1.0 / 5},
    {3.0 / 40, 9.0 / 40},
    {44.0 / 45, -56.0 / 15, 32.0 / 9},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
    {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84},
}};
// Order 5 minus the embedded order 4.
constexpr Weights kError{35.0 / 384 - 1951.0 / 21600,
                         0,
                         500.0 / 1113 - 22642.0 / 50085,
                         125.0 / 192 - 451.0 / 720,
                         -2187.0 / 6784 + 12231.0 / 42400,
                         11.0 / 84 - 649.0 / 6300,
                         -1.0 / 60};
// The state in the middle of a step.
constexpr Weights kMiddle{6025192743.0 / 30085553152 / 2,     0,
                          51252292925.0 / 65400821598 / 2,    -2691868925.0 / 45128329728 / 2,
                          187940372067.0 / 1594534317056 / 2, -1776094331.0 / 19743644256 / 2,
                          11237099.0 / 235043384 / 2};

using Stages = std::vector<at::Tensor>;

at::Tensor weighted(const Stages& stages, const Weights& weights, double h) {
  at::Tensor sum = stages[0] * (weights[0] * h);
  for (size_t i = 1; i < stages.size(); ++i) {
    if (weights[i] != 0) sum.add_(stages[i], weights[i] * h);
  }
  return sum;
}

double rms(const at::Tensor& x) { return x.square().mean().sqrt().item<double>(); }

// A step from t by h, accepted or not.
struct Step {
  double t, h;
  at::Tensor x0, x1;
  Stages stages;
  double end() const { return t + h; }
};

Step try_step(const OdeFunction& v, const at::Tensor& x, const at::Tensor& slope, double t,
              double h) {
  Step step{.t = t, .h = h, .x0 = x, .x1 = x, .stages = {slope}};
  const auto t32 = static_cast<float>(t), h32 = static_cast<float>(h);
  for (size_t s = 0; s < kNodes.size(); ++s) {
    const float at =
        kNodes[s] == 1 ? static_cast<float>(t + h) : t32 + static_cast<float>(kNodes[s]) * h32;
    step.x1 = x + weighted(step.stages, kRows[s], h);
    step.stages.push_back(v(step.x1, at));
  }
  return step;
}

double error_ratio(const Step& step, ErrorBounds bounds) {
  const at::Tensor largest = at::maximum(step.x0.abs(), step.x1.abs());
  return rms(weighted(step.stages, kError, step.h) / (largest * bounds.relative + bounds.absolute));
}

double next_length(double h, double ratio) {
  constexpr double kGrowth = 10, kShrink = 0.2, kSafety = 0.9;
  if (ratio == 0) return h * kGrowth;
  const double least = ratio < 1 ? 1 : kShrink;
  return h * std::min(kGrowth, std::max(kSafety / std::pow(ratio, 0.2), least));
}

double first_length(const OdeFunction& v, const at::Tensor& x, const at::Tensor& slope, float t,
                    ErrorBounds bounds) {
  const at::Tensor scale = x.abs() * bounds.relative + bounds.absolute;
  const double d0 = rms(x / scale), d1 = rms(slope / scale);
  const double h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1;
  const at::Tensor ahead = v(at::add(x, slope, h0), static_cast<float>(t + h0));
  const double d2 = rms((ahead - slope) / scale) / h0;
  const bool flat = d1 <= 1e-15 && d2 <= 1e-15;
  const double h1 = flat ? std::max(1e-6, h0 * 1e-3) : std::pow(0.01 / std::max(d1, d2), 0.2);
  return std::min(100 * h0, h1);
}

// The quartic through both ends with their slopes and through the middle.
at::Tensor interpolate(const Step& step, double t) {
  const double u = (t - step.t) / step.h;
  const at::Tensor &x0 = step.x0, &x1 = step.x1;
  const at::Tensor middle = x0 + weighted(step.stages, kMiddle, step.h);
  const at::Tensor f0 = step.stages.front() * step.h, f1 = step.stages.back() * step.h;
  const at::Tensor a = (f1 - f0) * 2 - (x1 + x0) * 8 + middle * 16;
  const at::Tensor b = f0 * 5 - f1 * 3 + x0 * 18 + x1 * 14 - middle * 32;
  const at::Tensor c = f1 - f0 * 4 - x0 * 11 - x1 * 5 + middle * 16;
  return x0 + (f0 + (c + (b + a * u) * u) * u) * u;
}

void check_length(double t, double h, double ratio) {
  if (std::isfinite(ratio) && t + h > t) return;
  throw InputError(fmt::format(
      "dopri5: no step can be made at t = {}: the net's output is not finite or jumps", t));
}

}  // namespace

at::Tensor integrate_dopri5(const OdeFunction& v, const at::Tensor& x, std::span<const float> times,
                            ErrorBounds bounds, const StateObserver& observe) {
  at::Tensor state = x, slope = v(x, times[0]), result = x;
  double t = times[0];
  double h = first_length(v, state, slope, times[0], bounds);
  check_length(t, h, h);
  notify(observe, 0, x);
  Step accepted{.t = t, .h = 0, .x0 = x, .x1 = x, .stages = {}};
  for (size_t k = 1; k < times.size(); ++k) {
    while (times[k] > accepted.end()) {
      Step step = try_step(v, state, slope, t, h);
      const double ratio = error_ratio(step, bounds);
      h = next_length(h, ratio);
      check_length(t, h, ratio);
      if (ratio > 1) continue;
      t = step.end();
      state = step.x1;
      slope = step.stages.back();
      accepted = std::move(step);
    }
    result = interpolate(accepted, times[k]);
    notify(observe, static_cast<int64_t>(k), result);
  }
  return result;
}

}  // namespace gpst
