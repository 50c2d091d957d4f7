// Adaptive layer norm and gated residual of a SiT block (numerics, section 6) for training: the
// formulas of layer_norm_modulate.h and gate_residual.h, differentiable once. On the CPU by own
// kernels, elsewhere composed of LibTorch's ops.
#pragma once

#include <ATen/core/Tensor.h>

#include "ops/layer_norm_modulate.h"

namespace gpst {

// Returns [N,l,D] in `type`: float32, or bfloat16 for the product that follows.
at::Tensor modulated_norm(const at::Tensor& x,      // [N,l,D] float32
                          const at::Tensor& shift,  // [N,D] float32
                          const at::Tensor& scale,  // [N,D] float32
                          at::ScalarType type, double eps = kSitNormEps);

// x + gate y: [N,l,D] float32.
at::Tensor gated_sum(const at::Tensor& x,     // [N,l,D] float32
                     const at::Tensor& gate,  // [N,D] float32
                     const at::Tensor& y);    // [N,l,D] float32 or bfloat16

}  // namespace gpst
