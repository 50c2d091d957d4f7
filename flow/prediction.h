// What a net's output means, and what integrators need of it (numerics.md 7).
#pragma once

#include <ATen/ATen.h>

#include "flow/paths.h"

namespace gpst {

enum class Prediction { velocity, noise, score };

// A quantity as a combination of the net's output and the state, both [N,C,l,1]. All rows share t,
// so the coefficients are numbers, computed in double.
struct Combination {
  double output = 0;
  double state = 0;
  at::Tensor of(const at::Tensor& net_output, const at::Tensor& x) const;
};

// Score of the marginal at t:
//   velocity nets  (a out - x) / (sigma^2 - a d_sigma sigma), a = alpha / d_alpha
//   noise nets     -out / sigma
//   score nets     out
Combination score_at(const PathPoint& point, Prediction prediction);

// Velocity of the ODE: out for velocity nets, else alpha_ratio x + D score, D = point.diffusion.
Combination velocity_at(const PathPoint& point, Prediction prediction);

}  // namespace gpst
