#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <torch/library.h>

#include "ops/check.h"
#include "ops/norm_ops.h"
#include "ops/tile_norm.h"

namespace gpst {
namespace ops {

NormOptions norm_options(int64_t groups, double eps, int64_t kind, int64_t tiles,
                         int64_t activation) {
  if (kind != 0 && kind != 1) {
    refuse("norm_silu", fmt::format("kind must be 0 (group) or 1 (tile), found {}", kind));
  }
  if (activation != 0 && activation != 1) {
    refuse("norm_silu",
           fmt::format("activation must be 0 (none) or 1 (silu), found {}", activation));
  }
  return {groups, eps, static_cast<NormKind>(kind), tiles, static_cast<Activation>(activation)};
}

namespace {

// float32 beside a bfloat16 x, else as x.
void check_affine(std::string_view name, const at::Tensor& values, const at::Tensor& x) {
  if (x.scalar_type() != at::kBFloat16) {
    check_like("norm_silu", name, values, "x", x);
  } else if (values.scalar_type() != at::kFloat || values.device() != x.device()) {
    refuse("norm_silu", fmt::format("{} must be float32 on {} beside a bfloat16 x, found {} on {}",
                                    name, x.device().str(), c10::toString(values.scalar_type()),
                                    values.device().str()));
  }
}

}  // namespace

void check_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                const NormOptions& options) {
  constexpr std::string_view op = "norm_silu";
  check_dimensions(op, "x", x, 4, "[B, C, H, W]");
  if (x.scalar_type() != at::kBFloat16) check_floating(op, "x", x);
  for (int64_t d = 1; d < 4; ++d) check_positive(op, "every size of x but the batch", x.size(d));
  check_shape(op, "weight", weight, {x.size(1)});
  check_shape(op, "bias", bias, {x.size(1)});
  check_affine("weight", weight, x);
  check_affine("bias", bias, x);
  check_positive(op, "groups", options.groups);
  check_positive(op, "tiles", options.tiles);
  if (x.size(1) % options.groups != 0) {
    refuse(op, fmt::format("C = {} is no multiple of groups = {}", x.size(1), options.groups));
  }
  if (x.size(2) % options.tiles != 0 || x.size(3) % options.tiles != 0) {
    refuse(op, fmt::format("H x W = {} x {} cannot be cut into {} x {} tiles", x.size(2), x.size(3),
                           options.tiles, options.tiles));
  }
  if (options.tiles > 1 && options.kind == NormKind::group) {
    refuse(op, fmt::format("tiles = {} needs the tile norm, found the group norm", options.tiles));
  }
  if (!(options.eps >= 0)) refuse(op, fmt::format("eps must not be negative: {}", options.eps));
}

void check_norm_backward(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight,
                         const at::Tensor& bias, const at::Tensor& statistics,
                         const NormOptions& options) {
  check_norm(x, weight, bias, options);
  check_shape("norm_silu_backward", "grad", grad, x.sizes());
  check_like("norm_silu_backward", "grad", grad, "x", x);
  check_shape("norm_silu_backward", "statistics", statistics,
              {x.size(0), options.groups, options.tiles * options.tiles, 2});
}

std::tuple<at::Tensor, at::Tensor> norm_silu(const at::Tensor& x, const at::Tensor& weight,
                                             const at::Tensor& bias, int64_t groups, double eps,
                                             int64_t kind, int64_t tiles, int64_t activation) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::norm_silu", "")
                             .typed<decltype(norm_silu)>();
  return op.call(x, weight, bias, groups, eps, kind, tiles, activation);
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> norm_silu_backward(
    const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
    const at::Tensor& statistics, int64_t groups, double eps, int64_t kind, int64_t tiles,
    int64_t activation) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::norm_silu_backward", "")
                             .typed<decltype(norm_silu_backward)>();
  return op.call(grad, x, weight, bias, statistics, groups, eps, kind, tiles, activation);
}

namespace {

std::tuple<at::Tensor, at::Tensor> norm_silu_meta(const at::Tensor& x, const at::Tensor& weight,
                                                  const at::Tensor& bias, int64_t groups,
                                                  double eps, int64_t kind, int64_t tiles,
                                                  int64_t activation) {
  check_norm(x, weight, bias, norm_options(groups, eps, kind, tiles, activation));
  return {at::empty(x.sizes(), x.options(), x.suggest_memory_format()),
          at::empty({x.size(0), groups, tiles * tiles, 2}, x.options().dtype(at::kDouble))};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> norm_silu_backward_meta(
    const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
    const at::Tensor& statistics, int64_t groups, double eps, int64_t kind, int64_t tiles,
    int64_t activation) {
  check_norm_backward(grad, x, weight, bias, statistics,
                      norm_options(groups, eps, kind, tiles, activation));
  return {at::empty(x.sizes(), x.options(), x.suggest_memory_format()),
          at::empty(weight.sizes(), weight.options()), at::empty(bias.sizes(), bias.options())};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(gpst_ops, m) {
  m.def(
      "norm_silu(Tensor x, Tensor weight, Tensor bias, int groups, float eps, int kind, "
      "int tiles, int activation) -> (Tensor, Tensor)");
  m.def(
      "norm_silu_backward(Tensor grad, Tensor x, Tensor weight, Tensor bias, Tensor statistics, "
      "int groups, float eps, int kind, int tiles, int activation) -> (Tensor, Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(gpst_ops, Meta, m) {
  m.impl("norm_silu", norm_silu_meta);
  m.impl("norm_silu_backward", norm_silu_backward_meta);
}

}  // namespace ops

at::Tensor norm_silu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                     const NormOptions& options) {
  return std::get<0>(ops::norm_silu(x, weight, bias, options.groups, options.eps,
                                    static_cast<int64_t>(options.kind), options.tiles,
                                    static_cast<int64_t>(options.activation)));
}

at::Tensor tile_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                     int64_t groups, int64_t tiles, double eps) {
  return norm_silu(x, weight, bias, {groups, eps, NormKind::tile, tiles, Activation::none});
}

}  // namespace gpst
