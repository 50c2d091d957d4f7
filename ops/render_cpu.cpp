#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <memory>

#include "ops/cpu/render_kernel.h"
#include "ops/render_ops.h"
#include "ops/token_columns.h"

namespace gpst::ops {
namespace {

// Calls f(picture, workspace) for each picture, in parallel; a workspace is shared by the pictures
// of one thread.
template <class T, class F>
void for_pictures(int64_t pictures, const cpu::RenderShape& shape, F&& f) {
  at::parallel_for(0, pictures, 1, [&](int64_t begin, int64_t end) {
    const size_t bytes = cpu::with_simd_level(
        [&](auto level) { return cpu::render_workspace_bytes<level(), T>(shape); });
    const std::unique_ptr<std::byte[]> workspace(new std::byte[bytes]);
    for (int64_t picture = begin; picture < end; ++picture) f(picture, workspace.get());
  });
}

cpu::RenderShape shape_of(const at::Tensor& tokens, int64_t height, int64_t width, double dmax) {
  return {tokens.size(1), tokens.size(2) - kGeometry, height, width, dmax};
}

at::Tensor render_cpu(const at::Tensor& tokens_in, int64_t height, int64_t width, double dmax) {
  check_render(tokens_in, height, width, dmax);
  const at::Tensor tokens = tokens_in.contiguous();  // [B, l, 5+c]
  const cpu::RenderShape shape = shape_of(tokens, height, width, dmax);
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
  const cpu::RenderShape shape = shape_of(tokens, grad.size(2), grad.size(3), dmax);
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
