// The gated residual of a SiT block (numerics, section 6), for inference: x + gate y. Where a norm
// follows, gate_residual_norm of layer_norm_modulate.h is faster.
#pragma once

#include <ATen/core/Tensor.h>

namespace gpst {

// Returns [N, l, D] in the dtype of x; computed in float32, rounded once. Throws InputError: shapes
// not as stated, a tensor neither float32 nor bfloat16, a bfloat16 x with a float32 y.
at::Tensor gate_residual(const at::Tensor& x,     // [N, l, D] float32 or bfloat16
                         const at::Tensor& gate,  // [N, D] or [1, D] float32
                         const at::Tensor& y);    // [N, l, D] float32 or bfloat16

}  // namespace gpst
