#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/cpu/token_kernel.h"
#include "ops/gate_residual_ops.h"
#include "ops/layer_norm_modulate_ops.h"
#include "ops/token_rows.h"

namespace gpst::ops {
namespace {

at::Tensor layer_norm_modulate_cpu(const at::Tensor& x_in, const at::Tensor& shift_in,
                                   const at::Tensor& scale_in, double eps, at::ScalarType dtype) {
  check_layer_norm_modulate(x_in, shift_in, scale_in, eps, dtype);
  const at::Tensor x = x_in.contiguous();  // [N,l,D]
  at::Tensor norm = at::empty(x.sizes(), x.options().dtype(dtype));
  const PictureRows shift(shift_in), scale(scale_in);
  const int64_t width = x.size(2);
  with_token_types(x.scalar_type(), dtype, [&]<class X, class Y>(X*, Y*) {
    const auto* const from = static_cast<const X*>(x.const_data_ptr());
    auto* const to = static_cast<Y*>(norm.mutable_data_ptr());
    cpu::with_simd_level([&](auto level) {
      for_tokens(x, [&](int64_t token, int64_t picture) {
        const int64_t at = token * width;
        cpu::norm_token<level()>(width, from + at, {shift.of(picture), scale.of(picture)}, eps,
                                 to + at);
      });
    });
  });
  return norm;
}

// Token by token, so that the norm finds the sum in the nearest cache.
std::tuple<at::Tensor, at::Tensor> gate_residual_norm_cpu(const at::Tensor& x_in,
                                                          const at::Tensor& gate_in,
                                                          const at::Tensor& y_in,
                                                          const at::Tensor& shift_in,
                                                          const at::Tensor& scale_in, double eps) {
  check_gate_residual_norm(x_in, gate_in, y_in, shift_in, scale_in, eps);
  const at::Tensor x = x_in.contiguous(), y = y_in.contiguous();  // [N,l,D]
  at::Tensor sum = at::empty(x.sizes(), x.options());
  at::Tensor norm = at::empty(y.sizes(), y.options());
  const PictureRows gate(gate_in), shift(shift_in), scale(scale_in);
  const int64_t width = x.size(2);
  with_token_types(x.scalar_type(), y.scalar_type(), [&]<class X, class Y>(X*, Y*) {
    const auto* const from = static_cast<const X*>(x.const_data_ptr());
    const auto* const added = static_cast<const Y*>(y.const_data_ptr());
    auto* const to = static_cast<X*>(sum.mutable_data_ptr());
    auto* const normed = static_cast<Y*>(norm.mutable_data_ptr());
    cpu::with_simd_level([&](auto level) {
      for_tokens(x, [&](int64_t token, int64_t picture) {
        const int64_t at = token * width;
        cpu::gate_token<level()>(width, from + at, gate.of(picture), added + at, to + at);
        cpu::norm_token<level()>(width, to + at, {shift.of(picture), scale.of(picture)}, eps,
                                 normed + at);
      });
    });
  });
  return {sum, norm};
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) {
  m.impl("layer_norm_modulate", layer_norm_modulate_cpu);
  m.impl("gate_residual_norm", gate_residual_norm_cpu);
}

}  // namespace gpst::ops
