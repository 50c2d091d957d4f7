// From a texture net's sample to tokens (numerics section 7): z * std + mean, the initial Gaussian
// added to the geometry, sigma and rho clamped (ops/token_limits.h).
#pragma once

#include <cstdint>

#include "cuda/stream.h"

namespace gpst::cuda {

// The bits of the host's tokens_from_sample: products and sums are rounded one by one, and NaN
// passes the clamps. Nothing is launched for an empty shape. InputError when a size does not fit.
void sample_tokens(const float* sample,  // [B, C, l], C = 5 + c
                   const float* means,   // [C]
                   const float* stds,    // [C]
                   const float* layout,  // [B, l, 5]
                   float* tokens,        // [B, l, C], written
                   int64_t pictures, int64_t channels, int64_t count, Stream stream);

}  // namespace gpst::cuda
