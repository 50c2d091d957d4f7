// The Euler samplers as numbers: every update of an SDE or ODE Euler run is linear in the state,
// the net's output with class, its output without class, and the step's noise. All rows of a step
// share t, so a run is a table of four numbers a step, and a device can go through it without the
// host.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "flow/options.h"

namespace gpst {

// Row k: evaluate the net at times[k], then
//   x <- c0 x + c1 (output with class) + c2 (output without class) + c3 (noise of step k).
// Channels behind the guided ones take the output with class in both places: c1 + c2 is what an
// unguided step would give it.
struct StepTable {
  at::Tensor coefficients;      // [steps,4] float32: state, class, none, noise
  std::vector<float> times;     // [steps]
  std::vector<bool> guided;     // [steps]: rows without class are needed; c2 is 0 where not
  int64_t guided_channels = 0;  // 0: all

  int64_t steps() const { return static_cast<int64_t>(times.size()); }
  // Rows of the net for one picture: as rows_per_picture of sample.h.
  int64_t rows_per_picture() const;
};

// The table of sample_flow (sample.h) for the solvers sde-euler and euler: every path, prediction,
// diffusion form and last step; last_step none has no row of its own. Nothing for the other
// solvers: sde-heun, heun, midpoint and rk4 evaluate the net at states between two steps, dopri5
// chooses its steps while it runs. Coefficients are computed in double and rounded once, so
// samples agree with sample_flow's to rounding. ConfigError when the options do not fit together.
std::optional<StepTable> step_table(const TransportOptions& transport,
                                    const SamplingOptions& options);

}  // namespace gpst
