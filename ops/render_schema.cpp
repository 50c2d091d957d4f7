#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <torch/library.h>

#include "ops/check.h"
#include "ops/render.h"
#include "ops/render_ops.h"
#include "ops/token_columns.h"

namespace gpst {
namespace ops {

void check_render(const at::Tensor& tokens, int64_t height, int64_t width, double dmax) {
  check_dimensions("render", "tokens", tokens, 3, "[B, l, 5+c]");
  check_floating("render", "tokens", tokens);
  if (tokens.size(2) <= kGeometry) {
    refuse("render", fmt::format("tokens must have {} columns and at least one feature, found {}",
                                 kGeometry, tokens.size(2)));
  }
  check_positive("render", "height", height);
  check_positive("render", "width", width);
  if (!(dmax > 0)) refuse("render", fmt::format("dmax must be positive, found {}", dmax));
}

void check_render_backward(const at::Tensor& grad, const at::Tensor& tokens, double dmax) {
  check_dimensions("render_backward", "grad", grad, 4, "[B, c, H, W]");
  check_render(tokens, grad.size(2), grad.size(3), dmax);
  check_shape("render_backward", "grad", grad,
              {tokens.size(0), tokens.size(2) - kGeometry, grad.size(2), grad.size(3)});
  check_like("render_backward", "grad", grad, "tokens", tokens);
}

at::Tensor render(const at::Tensor& tokens, int64_t height, int64_t width, double dmax) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::render", "")
                             .typed<decltype(render)>();
  return op.call(tokens, height, width, dmax);
}

at::Tensor render_backward(const at::Tensor& grad, const at::Tensor& tokens, double dmax) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::render_backward", "")
                             .typed<decltype(render_backward)>();
  return op.call(grad, tokens, dmax);
}

namespace {

at::Tensor render_meta(const at::Tensor& tokens, int64_t height, int64_t width, double dmax) {
  check_render(tokens, height, width, dmax);
  return at::empty({tokens.size(0), tokens.size(2) - kGeometry, height, width}, tokens.options());
}

at::Tensor render_backward_meta(const at::Tensor& grad, const at::Tensor& tokens, double dmax) {
  check_render_backward(grad, tokens, dmax);
  return at::empty(tokens.sizes(), tokens.options());
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(gpst_ops, m) {
  m.def("render(Tensor tokens, int height, int width, float dmax) -> Tensor");
  m.def("render_backward(Tensor grad, Tensor tokens, float dmax) -> Tensor");
}

TORCH_LIBRARY_IMPL(gpst_ops, Meta, m) {
  m.impl("render", render_meta);
  m.impl("render_backward", render_backward_meta);
}

}  // namespace ops

at::Tensor render(const at::Tensor& tokens, const RenderOptions& options) {
  check_positive("render", "tiles", options.tiles);
  return ops::render(tokens, options.tiles * options.height, options.tiles * options.width,
                     options.dmax);
}

}  // namespace gpst
