// From a texture net's sample to tokens (numerics, section 7): z * std + mean, the initial geometry
// added to the first five columns, sigma and rho clamped (token_limits.h). Products and sums are
// rounded one by one and NaN passes the clamps: the same bits on every device.
#pragma once

#include <ATen/core/Tensor.h>

namespace gpst {

// Returns [B, l, C] float32. Throws InputError: shapes not as stated, a tensor not float32.
at::Tensor sample_tokens(const at::Tensor& sample,   // [B, C, l] or [B, C, l, 1], C = 5 + c
                         const at::Tensor& means,    // [C]
                         const at::Tensor& stds,     // [C]
                         const at::Tensor& layout);  // [B, l, 5]

}  // namespace gpst
