// The dispatcher's view of initial_noise; for files of this folder. Callers use
// ops/initial_noise.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gpst::ops {

// gpst_ops::initial_noise: pictures [B] int64 -> [B, channels, tokens] float32
at::Tensor initial_noise(const at::Tensor& pictures, int64_t seed, int64_t purpose, int64_t step,
                         int64_t channels, int64_t tokens);

// Shared by all backends.
void check_initial_noise(const at::Tensor& pictures, int64_t purpose, int64_t step,
                         int64_t channels, int64_t tokens);
void check_picture_numbers(std::string_view op, const at::Tensor& pictures);
void check_purpose(std::string_view op, int64_t purpose);

}  // namespace gpst::ops
