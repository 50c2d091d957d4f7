#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <torch/library.h>

#include "ops/check.h"
#include "ops/gate_residual_ops.h"
#include "ops/inference_only.h"
#include "ops/layer_norm_modulate.h"
#include "ops/layer_norm_modulate_ops.h"

namespace gpst {
namespace ops {
namespace {

void check_norm(std::string_view op, const at::Tensor& x, const at::Tensor& shift,
                const at::Tensor& scale, double eps) {
  constexpr int64_t kLargestWidth = 4096;
  check_inference_only(op, {x, shift, scale});
  check_token_values(op, "x", x);
  if (x.size(2) > kLargestWidth) {
    refuse(op, fmt::format("the last size of x must be at most {}, found {}", kLargestWidth,
                           x.size(2)));
  }
  check_modulation(op, "shift", shift, x);
  check_modulation(op, "scale", scale, x);
  if (!(eps > 0)) refuse(op, fmt::format("eps must be positive, found {}", eps));
}

}  // namespace

void check_layer_norm_modulate(const at::Tensor& x, const at::Tensor& shift,
                               const at::Tensor& scale, double eps, at::ScalarType dtype) {
  check_norm("layer_norm_modulate", x, shift, scale, eps);
  check_narrower("layer_norm_modulate", "the result", dtype, x.scalar_type());
}

void check_gate_residual_norm(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& y,
                              const at::Tensor& shift, const at::Tensor& scale, double eps) {
  check_norm("gate_residual_norm", x, shift, scale, eps);
  check_gate_residual("gate_residual_norm", x, gate, y);
}

at::Tensor layer_norm_modulate(const at::Tensor& x, const at::Tensor& shift,
                               const at::Tensor& scale, double eps, at::ScalarType dtype) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::layer_norm_modulate", "")
                             .typed<decltype(layer_norm_modulate)>();
  return op.call(x, shift, scale, eps, dtype);
}

std::tuple<at::Tensor, at::Tensor> gate_residual_norm(const at::Tensor& x, const at::Tensor& gate,
                                                      const at::Tensor& y, const at::Tensor& shift,
                                                      const at::Tensor& scale, double eps) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::gate_residual_norm", "")
                             .typed<decltype(gate_residual_norm)>();
  return op.call(x, gate, y, shift, scale, eps);
}

namespace {

at::Tensor layer_norm_modulate_meta(const at::Tensor& x, const at::Tensor& shift,
                                    const at::Tensor& scale, double eps, at::ScalarType dtype) {
  check_layer_norm_modulate(x, shift, scale, eps, dtype);
  return at::empty(x.sizes(), x.options().dtype(dtype));
}

std::tuple<at::Tensor, at::Tensor> gate_residual_norm_meta(const at::Tensor& x,
                                                           const at::Tensor& gate,
                                                           const at::Tensor& y,
                                                           const at::Tensor& shift,
                                                           const at::Tensor& scale, double eps) {
  check_gate_residual_norm(x, gate, y, shift, scale, eps);
  return {at::empty(x.sizes(), x.options()), at::empty(y.sizes(), y.options())};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(gpst_ops, m) {
  m.def(
      "layer_norm_modulate(Tensor x, Tensor shift, Tensor scale, float eps, ScalarType dtype) -> "
      "Tensor");
  m.def(
      "gate_residual_norm(Tensor x, Tensor gate, Tensor y, Tensor shift, Tensor scale, float eps) "
      "-> (Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(gpst_ops, Meta, m) {
  m.impl("layer_norm_modulate", layer_norm_modulate_meta);
  m.impl("gate_residual_norm", gate_residual_norm_meta);
}

}  // namespace ops

at::Tensor layer_norm_modulate(const at::Tensor& x, const at::Tensor& shift,
                               const at::Tensor& scale, double eps,
                               std::optional<at::ScalarType> dtype) {
  return ops::layer_norm_modulate(x, shift, scale, eps, dtype.value_or(x.scalar_type()));
}

ResidualAndNorm gate_residual_norm(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& y,
                                   const at::Tensor& shift, const at::Tensor& scale, double eps) {
  auto [sum, norm] = ops::gate_residual_norm(x, gate, y, shift, scale, eps);
  return {.sum = sum, .norm = norm};
}

}  // namespace gpst
