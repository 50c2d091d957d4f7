#include "flow/prediction.h"

namespace gpst {

at::Tensor Combination::of(const at::Tensor& net_output, const at::Tensor& x) const {
  if (output == 1 && state == 0) return net_output;
  return at::add(net_output * output, x, state);
}

Combination score_at(const PathPoint& p, Prediction prediction) {
  switch (prediction) {
    case Prediction::velocity: {
      const double a = p.alpha / p.d_alpha;
      const double variance = p.sigma * p.sigma - a * p.d_sigma * p.sigma;
      return {.output = a / variance, .state = -1 / variance};
    }
    case Prediction::noise:
      return {.output = -1 / p.sigma};
    case Prediction::score:
      break;
  }
  return {.output = 1};
}

Combination velocity_at(const PathPoint& p, Prediction prediction) {
  if (prediction == Prediction::velocity) return {.output = 1};
  return {.output = p.diffusion * score_at(p, prediction).output, .state = p.alpha_ratio};
}

}  // namespace gpst
