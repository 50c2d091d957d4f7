// Adaptive layer norm of a SiT block (numerics, section 6), for inference:
//   h = (x - mean) / sqrt(var + eps) * (1 + scale) + shift
// mean and (biased) var over the last axis. Shifts, scales and gates are float32 whatever the
// tokens are: 1 + scale must not lose small scales. They may be slices of one tensor [N, 6 D].
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace gpst {

inline constexpr double kSitNormEps = 1e-6;

// Returns [N, l, D] in `dtype`, that of x where absent. Computed in float32. Throws InputError:
// shapes not as stated, D above 4096, x neither float32 nor bfloat16, a bfloat16 x with a float32
// result.
at::Tensor layer_norm_modulate(const at::Tensor& x,      // [N, l, D] float32 or bfloat16
                               const at::Tensor& shift,  // [N, D] or [1, D] float32
                               const at::Tensor& scale,  // [N, D] or [1, D] float32
                               double eps = kSitNormEps,
                               std::optional<at::ScalarType> dtype = std::nullopt);

struct ResidualAndNorm {
  at::Tensor sum;   // [N, l, D] x + gate y, dtype of x
  at::Tensor norm;  // [N, l, D] layer_norm_modulate of it, dtype of y
};

// gate_residual.h and the norm behind it in one pass over memory: a quarter less traffic than one
// after the other. Errors as above; a bfloat16 x needs a bfloat16 y.
ResidualAndNorm gate_residual_norm(const at::Tensor& x,     // [N, l, D] float32 or bfloat16
                                   const at::Tensor& gate,  // [N, D] or [1, D] float32
                                   const at::Tensor& y,     // [N, l, D] float32 or bfloat16
                                   const at::Tensor& shift, const at::Tensor& scale,
                                   double eps = kSitNormEps);

}  // namespace gpst
