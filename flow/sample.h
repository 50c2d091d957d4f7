// From noise to data: the one entry of the samplers (numerics.md 7).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "flow/noise_source.h"
#include "flow/observer.h"
#include "flow/options.h"
#include "flow/velocity_field.h"

namespace gpst {

// Integrates `shape` [N,C,l,1] from noise.initial(shape) to data with the solver of `options`.
// `net` takes N rows with class and 2N rows with and without, as guidance.h says. ConfigError when
// the options do not fit together.
at::Tensor sample_flow(VelocityField& net, NoiseSource& noise, at::IntArrayRef shape,
                       const TransportOptions& transport, const SamplingOptions& options,
                       const StateObserver& observe = {});

// Times of the calls of the net that sample_flow makes, in their order: with a net that computes
// what depends on time alone beforehand (sit_field.h). Empty for dopri5.
std::vector<float> evaluation_times(const TransportOptions& transport,
                                    const SamplingOptions& options);

// Rows of the net that sample_flow computes for one picture: 448 with the published settings.
// ConfigError for dopri5, which chooses its own steps.
int64_t rows_per_picture(const TransportOptions& transport, const SamplingOptions& options);

}  // namespace gpst
