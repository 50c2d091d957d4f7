#include "flow/paths.h"

#include <cmath>
#include <numbers>

namespace gpst {
namespace {

// alpha_ratio and the SBDM diffusion from the rest; the linear and GVP paths.
PathPoint complete(PathPoint p) {
  p.alpha_ratio = p.d_alpha / p.alpha;
  p.diffusion = p.alpha_ratio * p.sigma * p.sigma - p.sigma * p.d_sigma;
  return p;
}

PathPoint linear_at(double t) {
  return complete({.t = t, .alpha = t, .d_alpha = 1, .sigma = 1 - t, .d_sigma = -1});
}

PathPoint gvp_at(double t) {
  constexpr double kQuarter = std::numbers::pi / 2;
  const double sine = std::sin(kQuarter * t), cosine = std::cos(kQuarter * t);
  return complete({.t = t,
                   .alpha = sine,
                   .d_alpha = kQuarter * cosine,
                   .sigma = cosine,
                   .d_sigma = -kQuarter * sine});
}

PathPoint vp_at(double t) {
  constexpr double kBetaMin = 0.1, kBetaMax = 20;
  const double beta = kBetaMin + (1 - t) * (kBetaMax - kBetaMin);
  const double log_alpha =
      -0.25 * (1 - t) * (1 - t) * (kBetaMax - kBetaMin) - 0.5 * (1 - t) * kBetaMin;
  const double alpha = std::exp(log_alpha);
  const double sigma = std::sqrt(-std::expm1(2 * log_alpha));  // sqrt(1 - alpha^2)
  // d log alpha / dt = beta / 2.
  return {.t = t,
          .alpha = alpha,
          .d_alpha = alpha * beta / 2,
          .sigma = sigma,
          .d_sigma = -alpha * alpha * beta / 2 / sigma,
          .alpha_ratio = beta / 2,
          .diffusion = beta / 2};
}

}  // namespace

PathPoint path_at(PathType path, double t) {
  switch (path) {
    case PathType::linear:
      return linear_at(t);
    case PathType::gvp:
      return gvp_at(t);
    case PathType::vp:
      return vp_at(t);
  }
  return {};
}

}  // namespace gpst
