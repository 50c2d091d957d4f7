// Gradient of the splatting renderer (numerics, section 4): the plain derivative of splat_forward
// with the support held fixed. Formulas stand in cuda/gaussian.cuh.
#pragma once

#include "cuda/splat_shape.h"
#include "cuda/stream.h"

namespace gpst::cuda {

// Blending is additive, so a token's gradient is a sum over the pixels of its own box: nothing is
// kept from the forward pass and nothing is added atomically. The result is the same in every run
// and does not depend on the batch. Sums are float32. A token that no pixel's support holds gets
// zeros; NaN and infinity behave as on the CPU. InputError as check_splat_shape says, and for
// tiles other than 1: tokens are merged beforehand.
void splat_backward(const SplatShape& shape, MapOrder order,
                    const float* tokens,    // [B, l, 5+c]
                    const float* grad_map,  // [B, c, H, W] or [B, H, W, c]
                    float* grad_tokens,     // [B, l, 5+c], every element written
                    Stream stream);

}  // namespace gpst::cuda
