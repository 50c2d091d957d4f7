// What the backward files of the norms share.
#pragma once

#include <cstdint>

#include "cuda/norm_silu.h"
#include "cuda/simt.h"

namespace gpst::cuda {

struct NormInputs {
  const float* grad;         // [B, H, W, C] of y
  const float* x;            // [B, H, W, C]
  const float* weight;       // [C]
  const float* bias;         // [C]
  const double* statistics;  // [B, groups, n*n, 2]
};

// Adds the gradients of bias and weight over the pictures, in their order and in double.
void sum_samples(const NormShape& shape,
                 const float2* per_sample,  // [B, C] of bias, of weight
                 const NormGradients& gradients, Stream stream);

int64_t norm_tiled_backward_scratch(const NormShape& shape);

void norm_silu_tiled_backward(const NormShape& shape, const NormInputs& in, float* scratch,
                              const NormGradients& gradients, Stream stream);

}  // namespace gpst::cuda
