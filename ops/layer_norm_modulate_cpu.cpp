#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/gate_residual_ops.h"
#include "ops/layer_norm_modulate_ops.h"

namespace gpst::ops {
namespace {

at::Tensor normed(const at::Tensor& x, const at::Tensor& shift, const at::Tensor& scale, double eps,
                  at::ScalarType dtype) {
  const at::Tensor plain = at::layer_norm(x.to(at::kFloat), {x.size(2)}, {}, {}, eps);  // [N,l,D]
  return at::addcmul(shift.unsqueeze(1), plain, scale.unsqueeze(1) + 1).to(dtype);
}

at::Tensor layer_norm_modulate_cpu(const at::Tensor& x, const at::Tensor& shift,
                                   const at::Tensor& scale, double eps, at::ScalarType dtype) {
  check_layer_norm_modulate(x, shift, scale, eps, dtype);
  return normed(x, shift, scale, eps, dtype);
}

std::tuple<at::Tensor, at::Tensor> gate_residual_norm_cpu(const at::Tensor& x,
                                                          const at::Tensor& gate,
                                                          const at::Tensor& y,
                                                          const at::Tensor& shift,
                                                          const at::Tensor& scale, double eps) {
  check_gate_residual_norm(x, gate, y, shift, scale, eps);
  const at::Tensor sum = gate_residual(x, gate, y);
  return {sum, normed(sum, shift, scale, eps, y.scalar_type())};
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) {
  m.impl("layer_norm_modulate", layer_norm_modulate_cpu);
  m.impl("gate_residual_norm", gate_residual_norm_cpu);
}

}  // namespace gpst::ops
