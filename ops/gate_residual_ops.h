// The dispatcher's view of gate_residual; for files of this folder. Callers use
// ops/gate_residual.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace gpst::ops {

// gpst_ops::gate_residual: x [N, l, D], gate [N or 1, D], y [N, l, D] -> [N, l, D]
at::Tensor gate_residual(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& y);

// Shared by all backends.
void check_gate_residual(std::string_view op, const at::Tensor& x, const at::Tensor& gate,
                         const at::Tensor& y);
// Tokens [N, l, D], float32 or bfloat16.
void check_token_values(std::string_view op, std::string_view name, const at::Tensor& tokens);
// Shift, scale or gate of tokens x: [N or 1, D] float32 beside x.
void check_modulation(std::string_view op, std::string_view name, const at::Tensor& rows,
                      const at::Tensor& x);
// A result or summand with which x can go: float32 with both, bfloat16 with bfloat16.
void check_narrower(std::string_view op, std::string_view name, at::ScalarType type,
                    at::ScalarType of_x);

}  // namespace gpst::ops
