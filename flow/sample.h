// From noise to data: the one entry of the samplers (numerics.md 7).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>

#include "flow/noise_source.h"
#include "flow/options.h"
#include "flow/velocity_field.h"

namespace gpst {

// Called with every state: index k and x [N,C,l,1]. SDE: k = 0 after the first step, and the last
// step last. ODE: k = 0 is the start, then every output point. May throw to stop.
using StateObserver = std::function<void(int64_t k, const at::Tensor& x)>;

// Integrates `shape` [N,C,l,1] from noise.initial(shape) to data with the solver of `options`.
// `net` takes N rows with class and 2N rows with and without, as guidance.h says.
at::Tensor sample_flow(VelocityField& net, NoiseSource& noise, at::IntArrayRef shape,
                       const TransportOptions& transport, const SamplingOptions& options,
                       const StateObserver& observe = {});

// Rows of the net that sample_flow computes for one picture (448 with the published settings);
// dopri5, which chooses its own steps, has no such number: ConfigError.
int64_t rows_per_picture(const TransportOptions& transport, const SamplingOptions& options);

}  // namespace gpst
