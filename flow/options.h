// Options of flows. TransportOptions belong to a trained net (published key `transport`),
// SamplingOptions to a run of the sampler. Defaults are the published settings.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "flow/paths.h"
#include "flow/prediction.h"

namespace gpst {

enum class LossWeight { none, velocity, likelihood };

// How a net was trained: what it predicts along which path, and how its loss was weighted.
struct TransportOptions {
  PathType path_type = PathType::linear;
  Prediction prediction = Prediction::velocity;
  LossWeight loss_weight = LossWeight::none;  // of noise and score nets
  // Share of the ends of t left out in training and in sampling. Absent: see schedule.h.
  std::optional<double> train_eps, sample_eps;
  void visit(FieldVisitor& v);
};

enum class Solver { sde_euler, sde_heun, euler, heun, midpoint, rk4, dopri5 };
bool is_sde(Solver solver);

// w(t) of the SDE: how much noise is put in and taken out again.
enum class DiffusionForm { sbdm, sigma, linear, constant, decreasing, increasing_decreasing };
enum class LastStep { mean, tweedie, euler, none };

struct SamplingOptions {
  Solver solver = Solver::sde_euler;
  int64_t steps = 250;  // time points, the ends included
  double cfg = 1.5;
  std::vector<int64_t> interval = {200, 1000};  // guidance acts here; thousandths of t
  int64_t cfg_channels = 0;                     // guidance acts on the first of them; 0: on all
  DiffusionForm diffusion_form = DiffusionForm::sbdm;
  double diffusion_norm = 1;
  LastStep last_step = LastStep::mean;
  double last_step_size = 0.04;
  double timestep_shift = 1;        // s: t' = t / (t + s (1 - t))
  double rtol = 1e-3, atol = 1e-6;  // of dopri5
  void visit(FieldVisitor& v);
  // What the fields cannot tell one by one. ConfigError naming the keys.
  void check() const;
  // The same, for a net of so many channels.
  void check_for(int64_t channels) const;
};

// The solver of a name as the command line has it; ConfigError lists the names.
Solver parse_solver(std::string_view name);

}  // namespace gpst
