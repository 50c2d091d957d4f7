#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/cpu/token_kernel.h"
#include "ops/gate_residual_ops.h"
#include "ops/token_rows.h"

namespace gpst::ops {
namespace {

at::Tensor gate_residual_cpu(const at::Tensor& x_in, const at::Tensor& gate_in,
                             const at::Tensor& y_in) {
  check_gate_residual("gate_residual", x_in, gate_in, y_in);
  const at::Tensor x = x_in.contiguous(), y = y_in.contiguous();  // [N,l,D]
  at::Tensor sum = at::empty(x.sizes(), x.options());
  const PictureRows gate(gate_in);
  const int64_t width = x.size(2);
  with_token_types(x.scalar_type(), y.scalar_type(), [&]<class X, class Y>(X*, Y*) {
    const auto* const from = static_cast<const X*>(x.const_data_ptr());
    const auto* const added = static_cast<const Y*>(y.const_data_ptr());
    auto* const to = static_cast<X*>(sum.mutable_data_ptr());
    cpu::with_simd_level([&](auto level) {
      for_tokens(x, [&](int64_t token, int64_t picture) {
        const int64_t at = token * width;
        cpu::gate_token<level()>(width, from + at, gate.of(picture), added + at, to + at);
      });
    });
  });
  return sum;
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) { m.impl("gate_residual", gate_residual_cpu); }

}  // namespace gpst::ops
