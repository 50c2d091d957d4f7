#include "flow/options.h"

#include <fmt/format.h>

#include <array>

#include "base/enum_names.h"
#include "base/error.h"
#include "base/nearest.h"

namespace gpst {
namespace {

constexpr std::array<EnumName<PathType>, 3> kPaths{
    {{PathType::linear, "Linear"}, {PathType::gvp, "GVP"}, {PathType::vp, "VP"}}};

constexpr std::array<EnumName<Prediction>, 3> kPredictions{{{Prediction::velocity, "velocity"},
                                                            {Prediction::noise, "noise"},
                                                            {Prediction::score, "score"}}};

constexpr std::array<EnumName<LossWeight>, 3> kLossWeights{
    {{LossWeight::none, "none"},
     {LossWeight::velocity, "velocity"},
     {LossWeight::likelihood, "likelihood"}}};

constexpr std::array<EnumName<Solver>, 7> kSolvers{{{Solver::sde_euler, "sde-euler"},
                                                    {Solver::sde_heun, "sde-heun"},
                                                    {Solver::euler, "euler"},
                                                    {Solver::heun, "heun"},
                                                    {Solver::midpoint, "midpoint"},
                                                    {Solver::rk4, "rk4"},
                                                    {Solver::dopri5, "dopri5"}}};

constexpr std::array<EnumName<DiffusionForm>, 6> kForms{
    {{DiffusionForm::sbdm, "SBDM"},
     {DiffusionForm::sigma, "sigma"},
     {DiffusionForm::linear, "linear"},
     {DiffusionForm::constant, "constant"},
     {DiffusionForm::decreasing, "decreasing"},
     {DiffusionForm::increasing_decreasing, "increasing-decreasing"}}};

constexpr std::array<EnumName<LastStep>, 4> kLastSteps{{{LastStep::mean, "Mean"},
                                                        {LastStep::tweedie, "Tweedie"},
                                                        {LastStep::euler, "Euler"},
                                                        {LastStep::none, "none"}}};

void visit_sde(SamplingOptions& o, FieldVisitor& v) {
  enum_field(v, {.name = "diffusion_form", .help = "w(t) of the SDE"}, o.diffusion_form, kForms);
  v.field({.name = "diffusion_norm", .help = "scale of w(t)", .min = 0}, o.diffusion_norm);
  enum_field(v, {.name = "last_step", .help = "what ends the SDE"}, o.last_step, kLastSteps);
  v.field({.name = "last_step_size", .help = "length of the SDE's last step", .min = 0, .max = 0.5},
          o.last_step_size);
}

}  // namespace

bool is_sde(Solver solver) { return solver == Solver::sde_euler || solver == Solver::sde_heun; }

Solver parse_solver(std::string_view name) { return parse_enum("solver", name, kSolvers); }

void TransportOptions::visit(FieldVisitor& v) {
  enum_field(v, {.name = "path_type", .help = "path from noise to data"}, path_type, kPaths);
  enum_field(v, {.name = "prediction", .help = "what the net predicts"}, prediction, kPredictions);
  enum_field(v, {.name = "loss_weight", .help = "weight of the loss of noise and score nets"},
             loss_weight, kLossWeights);
  v.field({.name = "train_eps", .help = "ends of t left out in training", .min = 0, .max = 0.4},
          train_eps);
  v.field({.name = "sample_eps", .help = "ends of t left out in sampling", .min = 0, .max = 0.4},
          sample_eps);
}

void SamplingOptions::visit(FieldVisitor& v) {
  enum_field(v, {.name = "solver", .help = "integrator; sde-* add noise, the others are ODEs"},
             solver, kSolvers);
  v.field({.name = "steps", .help = "time points, both ends included", .min = 2, .max = 1000000},
          steps);
  v.field({.name = "cfg", .help = "guidance scale; 1 is none", .min = 0, .max = 1000}, cfg);
  v.field({.name = "interval",
           .help = "thousandths of t between which guidance acts: low,high",
           .min = 0,
           .max = 1000,
           .min_items = 2,
           .max_items = 2},
          interval);
  v.field({.name = "cfg_channels",
           .help = "channels that guidance acts on, counted from the first; 0 is all",
           .min = 0},
          cfg_channels);
  visit_sde(*this, v);
  v.field({.name = "timestep_shift",
           .help = "s of t' = t/(t + s(1-t)); above 1: more steps near noise",
           .min = 0.001,
           .max = 1000},
          timestep_shift);
  v.field({.name = "rtol", .help = "relative tolerance of dopri5", .min = 1e-12, .max = 1}, rtol);
  v.field({.name = "atol", .help = "absolute tolerance of dopri5", .min = 0, .max = 1}, atol);
}

void SamplingOptions::check() const {
  if (interval.size() != 2 || interval[0] > interval[1]) {
    throw ConfigError(
        fmt::format("interval: expected low,high in thousandths of t with low <= high, found {}",
                    fmt::join(interval, ",")));
  }
  if (steps < 2) throw ConfigError(fmt::format("steps: expected at least 2, found {}", steps));
  if (cfg_channels < 0) {
    throw ConfigError(fmt::format(
        "cfg_channels: expected 0 (all) or a number of channels, found {}", cfg_channels));
  }
}

void SamplingOptions::check_for(int64_t channels) const {
  check();
  if (cfg_channels <= channels) return;
  throw ConfigError(fmt::format("cfg_channels: the net has {} channels, found {}; 0 guides all",
                                channels, cfg_channels));
}

}  // namespace gpst
