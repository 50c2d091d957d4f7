#include "flow/dopri5.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"

namespace gpst {
namespace {

constexpr int64_t kStages = 7;
using Weights = std::array<double, static_cast<size_t>(kStages)>;

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

// Slopes of the stages so far, side by side: [..., kStages], in the type of the state.
class Stages {
 public:
  explicit Stages(const at::Tensor& first) {
    std::vector<int64_t> shape = first.sizes().vec();
    shape.push_back(kStages);
    all_ = at::empty(shape, first.options());
    add(first);
  }

  void add(const at::Tensor& slope) { all_.select(-1, count_++).copy_(slope); }
  at::Tensor at(int64_t stage) const { return all_.select(-1, stage); }

  // Sum of length weight slope over the stages so far.
  at::Tensor weighted(const Weights& weights, double length) const {
    const at::Tensor scaled =
        at::tensor(at::ArrayRef<double>(weights.data(), static_cast<size_t>(count_)))
            .to(all_.scalar_type())
            .mul(length)
            .to(all_.device());
    return (all_.narrow(-1, 0, count_) * scaled).sum(-1);
  }

 private:
  at::Tensor all_;
  int64_t count_ = 0;
};

at::Tensor rms(const at::Tensor& x) { return x.square().mean().sqrt(); }

// A step from t by h, accepted or not.
struct Step {
  double t, h;
  at::Tensor x0, x1;
  Stages stages;
  double end() const { return t + h; }
};

float just_below(float t) { return std::nextafter(t, -std::numeric_limits<float>::infinity()); }

Step try_step(const OdeFunction& v, const at::Tensor& x, const at::Tensor& slope, double t,
              double h) {
  Step step{.t = t, .h = h, .x0 = x, .x1 = x, .stages = Stages(slope)};
  const auto t32 = static_cast<float>(t), h32 = static_cast<float>(h);
  for (size_t s = 0; s < kNodes.size(); ++s) {
    const float at = kNodes[s] == 1 ? just_below(static_cast<float>(step.end()))
                                    : t32 + static_cast<float>(kNodes[s]) * h32;
    step.x1 = x + step.stages.weighted(kRows[s], h);
    step.stages.add(v(step.x1, at));
  }
  return step;
}

double error_ratio(const Step& step, ErrorBounds bounds) {
  const at::Tensor largest = at::maximum(step.x0.abs(), step.x1.abs());
  const at::Tensor scale = largest * bounds.relative + bounds.absolute;
  return rms(step.stages.weighted(kError, step.h) / scale).item<double>();
}

double next_length(double h, double ratio) {
  constexpr double kGrowth = 10, kShrink = 0.2, kSafety = 0.9;
  if (ratio == 0) return h * kGrowth;
  const double least = ratio < 1 ? 1 : kShrink;
  return h * std::min(kGrowth, std::max(kSafety / std::pow(ratio, 0.2), least));
}

// Of the rule of Hairer, Norsett and Wanner. In tensors without dimensions: the type of the state.
double first_length(const OdeFunction& v, const at::Tensor& x, const at::Tensor& slope, float t,
                    ErrorBounds bounds) {
  const at::Tensor scale = x.abs() * bounds.relative + bounds.absolute;
  const at::Tensor d0 = rms(x / scale), d1 = rms(slope / scale);
  const bool still = d0.item<double>() < 1e-5 || d1.item<double>() < 1e-5;
  const at::Tensor h0 = still ? at::full_like(d0, 1e-6) : d0 * 0.01 / d1;
  const at::Tensor ahead = v(x + h0 * slope, static_cast<float>(t + h0.item<double>()));
  const at::Tensor d2 = rms((ahead - slope) / scale) / h0;
  const bool flat = d1.item<double>() <= 1e-15 && d2.item<double>() <= 1e-15;
  const at::Tensor h1 =
      flat ? at::clamp_min(h0 * 1e-3, 1e-6) : (at::maximum(d1, d2).reciprocal() * 0.01).pow(0.2);
  return at::minimum(h0 * 100, h1).item<double>();
}

// The quartic through both ends with their slopes and through the middle.
at::Tensor interpolate(const Step& step, double t) {
  const at::Tensor &x0 = step.x0, &x1 = step.x1;
  const at::Tensor middle = x0 + step.stages.weighted(kMiddle, step.h);
  const at::Tensor f0 = step.stages.at(0), f1 = step.stages.at(kStages - 1);
  const at::Tensor a = (f1 - f0) * (2 * step.h) - (x1 + x0) * 8 + middle * 16;
  const at::Tensor b = (f0 * 5 - f1 * 3) * step.h + x0 * 18 + x1 * 14 - middle * 32;
  const at::Tensor c = (f1 - f0 * 4) * step.h - x0 * 11 - x1 * 5 + middle * 16;
  const at::Tensor u = at::full({}, (t - step.t) / (step.end() - step.t), x0.options());
  const at::Tensor u2 = u * u, u3 = u2 * u;
  return x0 + f0 * step.h * u + c * u2 + b * u3 + a * (u3 * u);
}

void check_length(double t, double h, double ratio) {
  if (std::isfinite(ratio) && std::isfinite(h) && t + h > t) return;
  throw InputError(fmt::format(
      "dopri5: no step can be made at t = {}: the net's output is not finite or jumps", t));
}

double watched(const DopriWatcher& watch, const DopriAttempt& attempt) {
  check_length(attempt.time, attempt.next_length, attempt.error_ratio);
  return watch ? watch(attempt) : attempt.next_length;
}

}  // namespace

at::Tensor integrate_dopri5(const OdeFunction& v, const at::Tensor& x, std::span<const float> times,
                            ErrorBounds bounds, const StateObserver& observe,
                            const DopriWatcher& watch) {
  at::Tensor state = x, slope = v(x, times[0]), result = x;
  double t = times[0];
  double h = first_length(v, state, slope, times[0], bounds);
  h = watched(watch, {.time = t, .next_length = h});
  notify(observe, 0, x);
  Step last{.t = t, .h = 0, .x0 = x, .x1 = x, .stages = Stages(slope)};
  for (size_t k = 1; k < times.size(); ++k) {
    while (times[k] > last.end()) {
      Step step = try_step(v, state, slope, t, h);
      const double ratio = error_ratio(step, bounds);
      h = watched(
          watch,
          {.time = t, .length = h, .error_ratio = ratio, .next_length = next_length(h, ratio)});
      if (ratio > 1) continue;
      t = step.end();
      state = step.x1;
      slope = step.stages.at(kStages - 1);
      last = std::move(step);
    }
    result = interpolate(last, times[k]);
    notify(observe, static_cast<int64_t>(k), result);
  }
  return result;
}

}  // namespace gpst
