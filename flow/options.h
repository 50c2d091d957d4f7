// Options of flows. TransportOptions belong to a trained net (published key `transport`),
// SamplingOptions to a run of the sampler. Defaults are the published settings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/config.h"

namespace gpst {

// How a net was trained: what it predicts along which path, and how its loss was weighted.
struct TransportOptions {
  std::string path_type = "Linear";     // Linear | GVP | VP
  std::string prediction = "velocity";  // velocity | noise | score
  std::string loss_weight = "none";     // none | velocity | likelihood; not used by velocity nets
  double train_eps = 0;   // ends of t left out in training; 0 is only right for velocity nets
  double sample_eps = 0;  // the same in sampling
  void visit(FieldVisitor& v);
};

struct SamplingOptions {
  std::string solver =
      "sde-euler";      // sde-euler | sde-heun | euler | heun | midpoint | rk4 | dopri5
  int64_t steps = 250;  // time points, the ends included
  double cfg = 1.5;
  std::vector<int64_t> interval = {200, 1000};  // guidance acts here; thousandths of t
  std::string diffusion_form = "SBDM";
  double diffusion_norm = 1;
  std::string last_step = "Mean";  // Mean | Tweedie | Euler | none
  double last_step_size = 0.04;
  double timestep_shift = 1;        // s: t' = t / (t + s (1 - t))
  double rtol = 1e-3, atol = 1e-6;  // dopri5
  void visit(FieldVisitor& v);
  // What one field alone cannot tell: the interval has two ends in order. ConfigError.
  void check() const;
};

}  // namespace gpst
