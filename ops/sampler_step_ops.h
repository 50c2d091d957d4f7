// The dispatcher's view of sampler_step; for files of this folder. Callers use ops/sampler_step.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gpst::ops {

// gpst_ops::sampler_step: x [B, C, l], written; output [R, C', l]; coefficients [steps, 4];
// step [1]; pictures [B]
void sampler_step(const at::Tensor& x, const at::Tensor& output, const at::Tensor& coefficients,
                  const at::Tensor& step, const at::Tensor& pictures, int64_t seed, int64_t purpose,
                  int64_t guided_channels);

// gpst_ops::advance_step: step [1], written
void advance_step(const at::Tensor& step);

// Shared by all backends.
void check_sampler_step(const at::Tensor& x, const at::Tensor& output,
                        const at::Tensor& coefficients, const at::Tensor& step,
                        const at::Tensor& pictures, int64_t purpose, int64_t guided_channels);
void check_advance_step(const at::Tensor& step);

}  // namespace gpst::ops
