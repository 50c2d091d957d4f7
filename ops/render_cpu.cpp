#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/cpu/render_kernel.h"
#include "ops/render_ops.h"
#include "ops/render_pictures.h"

namespace gpst::ops {
namespace {

at::Tensor render_cpu(const at::Tensor& tokens_in, int64_t height, int64_t width, double dmax) {
  check_render(tokens_in, height, width, dmax);
  const at::Tensor tokens = tokens_in.contiguous();  // [B, l, 5+c]
  const cpu::RenderShape shape = render_shape(tokens, height, width, dmax);
  const int64_t pictures = tokens.size(0);
  at::Tensor map = at::empty({pictures, shape.channels, height, width}, tokens.options());
  AT_DISPATCH_FLOATING_TYPES(tokens.scalar_type(), "render", [&] {
    const scalar_t* source = tokens.const_data_ptr<scalar_t>();
    scalar_t* target = map.mutable_data_ptr<scalar_t>();
    for_pictures<scalar_t>(pictures, shape, [&](int64_t picture, std::byte* workspace) {
      cpu::with_simd_level([&](auto level) {
        cpu::render_forward<level(), scalar_t>(
            shape, source + picture * shape.tokens * (kGeometry + shape.channels), workspace,
            target + picture * shape.channels * height * width);
      });
    });
  });
  return map;
}

at::Tensor render_backward_cpu(const at::Tensor& grad_in, const at::Tensor& tokens_in,
                               double dmax) {
  check_render_backward(grad_in, tokens_in, dmax);
  const at::Tensor tokens = tokens_in.contiguous();  // [B, l, 5+c]
  const at::Tensor grad = grad_in.contiguous();      // [B, c, H, W]
  const cpu::RenderShape shape = render_shape(tokens, grad.size(2), grad.size(3), dmax);
  at::Tensor grad_tokens = at::empty(tokens.sizes(), tokens.options());  // [B, l, 5+c]
  AT_DISPATCH_FLOATING_TYPES(tokens.scalar_type(), "render_backward", [&] {
    const scalar_t* token_data = tokens.const_data_ptr<scalar_t>();
    const scalar_t* grad_data = grad.const_data_ptr<scalar_t>();
    scalar_t* target = grad_tokens.mutable_data_ptr<scalar_t>();
    const int64_t token_size = shape.tokens * (kGeometry + shape.channels);
    const int64_t map_size = shape.channels * shape.height * shape.width;
    for_pictures<scalar_t>(tokens.size(0), shape, [&](int64_t picture, std::byte* workspace) {
      cpu::with_simd_level([&](auto level) {
        cpu::render_backward<level(), scalar_t>(shape, token_data + picture * token_size,
                                                grad_data + picture * map_size, workspace,
                                                target + picture * token_size);
      });
    });
  });
  return grad_tokens;
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) {
  m.impl("render", render_cpu);
  m.impl("render_backward", render_backward_cpu);
}

}  // namespace gpst::ops
