// The dispatcher's view of layer_norm_modulate; for files of this folder. Callers use
// ops/layer_norm_modulate.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <tuple>

namespace gpst::ops {

// gpst_ops::layer_norm_modulate: x [N, l, D], shift and scale [N or 1, D] -> [N, l, D] of dtype
at::Tensor layer_norm_modulate(const at::Tensor& x, const at::Tensor& shift,
                               const at::Tensor& scale, double eps, at::ScalarType dtype);

// gpst_ops::gate_residual_norm: -> sum, norm
std::tuple<at::Tensor, at::Tensor> gate_residual_norm(const at::Tensor& x, const at::Tensor& gate,
                                                      const at::Tensor& y, const at::Tensor& shift,
                                                      const at::Tensor& scale, double eps);

// Shared by all backends.
void check_layer_norm_modulate(const at::Tensor& x, const at::Tensor& shift,
                               const at::Tensor& scale, double eps, at::ScalarType dtype);
void check_gate_residual_norm(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& y,
                              const at::Tensor& shift, const at::Tensor& scale, double eps);

}  // namespace gpst::ops
