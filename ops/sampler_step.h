// One update of an Euler sampler, SDE or ODE, guided or not, last step included (numerics, section
// 7):
//   x <- c0 x + c1 (output with class) + c2 (output without class) + c3 normal
// Where guidance acts on the first channels only, the others take the output with class in both
// places. c is row `step` of a table (flow/step_table.h), read from a counter beside the states: a
// step that was captured as a graph of a device can be replayed for the next row as it is.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "base/philox.h"

namespace gpst {

// Normals are those of PhiloxStream(seed, picture, purpose, step), as initial_noise.h says.
struct StepNoise {
  uint64_t seed = 0;
  Purpose purpose = Purpose::step_noise;
};

// Which channels the rows without class count for: the first of them, 0: all.
struct StepGuidance {
  int64_t channels = 0;
};

// Writes x. Rows without class are neither needed nor read where c2 is 0; noise is not drawn where
// c3 is 0. Throws InputError: shapes or dtypes not as stated, tensors on several devices, more
// guided channels than there are. A step outside the table and a c2 other than 0 without rows for
// it: InputError on the CPU; on a GPU every state becomes NaN, since the host is not waited for.
void sampler_step(const at::Tensor& x,  // [B, C, l] or [B, C, l, 1] float32, contiguous, written
                  const at::Tensor& output,        // [B or 2 B, C or more, l] or [.., .., l, 1],
                                                   // float32 or bfloat16, any strides; rows with
                                                   // class, then rows without
                  const at::Tensor& coefficients,  // [steps, 4] float32
                  const at::Tensor& step,          // [1] int32
                  const at::Tensor& pictures,      // [B] int64: picture numbers
                  const StepNoise& noise, const StepGuidance& guidance = {});

// step += 1, without the host.
void advance_step(const at::Tensor& step /* [1] int32, written */);

}  // namespace gpst
