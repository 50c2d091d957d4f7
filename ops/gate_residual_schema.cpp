#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <torch/library.h>

#include "ops/check.h"
#include "ops/gate_residual.h"
#include "ops/gate_residual_ops.h"
#include "ops/inference_only.h"

namespace gpst {
namespace ops {

void check_token_values(std::string_view op, std::string_view name, const at::Tensor& tokens) {
  check_dimensions(op, name, tokens, 3, "[N, l, D]");
  const at::ScalarType type = tokens.scalar_type();
  if (type == at::kFloat || type == at::kBFloat16) return;
  refuse(op, fmt::format("{} must be float32 or bfloat16, found {}", name, c10::toString(type)));
}

void check_modulation(std::string_view op, std::string_view name, const at::Tensor& rows,
                      const at::Tensor& x) {
  const int64_t pictures = x.size(0), width = x.size(2);
  check_dimensions(op, name, rows, 2, "[N, D]");
  if ((rows.size(0) != pictures && rows.size(0) != 1) || rows.size(1) != width) {
    refuse(op, fmt::format("{0} must have the shape [{1}, {2}] or [1, {2}], found [{3}, {4}]", name,
                           pictures, width, rows.size(0), rows.size(1)));
  }
  if (rows.scalar_type() != at::kFloat) {
    refuse(op, fmt::format("{} must be float32, found {}; convert it once", name,
                           c10::toString(rows.scalar_type())));
  }
  if (rows.device() != x.device()) {
    refuse(op, fmt::format("{} must be on the device of x, {}; found {}", name, x.device().str(),
                           rows.device().str()));
  }
}

void check_narrower(std::string_view op, std::string_view name, at::ScalarType type,
                    at::ScalarType of_x) {
  if (type == at::kBFloat16 || (type == at::kFloat && of_x == at::kFloat)) return;
  refuse(op,
         fmt::format("with x of {}, {} must be {}, found {}", c10::toString(of_x), name,
                     of_x == at::kFloat ? "float32 or bfloat16" : "bfloat16", c10::toString(type)));
}

void check_gate_residual(std::string_view op, const at::Tensor& x, const at::Tensor& gate,
                         const at::Tensor& y) {
  check_inference_only(op, {x, gate, y});
  check_token_values(op, "x", x);
  check_token_values(op, "y", y);
  check_shape(op, "y", y, x.sizes());
  check_narrower(op, "y", y.scalar_type(), x.scalar_type());
  check_modulation(op, "gate", gate, x);
  if (y.device() != x.device()) {
    refuse(op, fmt::format("y must be on the device of x, {}; found {}", x.device().str(),
                           y.device().str()));
  }
}

at::Tensor gate_residual(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& y) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::gate_residual", "")
                             .typed<decltype(gate_residual)>();
  return op.call(x, gate, y);
}

namespace {

at::Tensor gate_residual_meta(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& y) {
  check_gate_residual("gate_residual", x, gate, y);
  return at::empty(x.sizes(), x.options());
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(gpst_ops, m) {
  m.def("gate_residual(Tensor x, Tensor gate, Tensor y) -> Tensor");
}

TORCH_LIBRARY_IMPL(gpst_ops, Meta, m) { m.impl("gate_residual", gate_residual_meta); }

}  // namespace ops

at::Tensor gate_residual(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& y) {
  return ops::gate_residual(x, gate, y);
}

}  // namespace gpst
