#include <ATen/ATen.h>
#include <torch/library.h>

#include "cuda/gate_residual.h"
#include "ops/cuda/bf16_data.h"
#include "ops/cuda/kernels.h"
#include "ops/cuda/stream.h"
#include "ops/cuda/token_arguments.h"
#include "ops/gate_residual_ops.h"

namespace gpst {
namespace {

template <class T, class Y>
void launch_sum(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& y,
                const at::Tensor& sum, cuda::Stream stream) {
  cuda::gate_residual(const_data<T>(x), modulation_rows(gate), const_data<Y>(y),
                      mutable_data<T>(sum), token_shape(x), stream);
}

at::Tensor gate_residual_cuda(const at::Tensor& x_in, const at::Tensor& gate_in,
                              const at::Tensor& y_in) {
  ops::check_gate_residual("gate_residual", x_in, gate_in, y_in);
  const OpStream stream(x_in);
  const at::Tensor x = x_in.contiguous(), y = y_in.contiguous();  // [N, l, D]
  const at::Tensor gate = with_plain_rows(gate_in);               // [N or 1, D]
  at::Tensor sum = at::empty(x.sizes(), x.options());             // [N, l, D]
  const bool wide = x.scalar_type() == at::kFloat, wide_y = y.scalar_type() == at::kFloat;
  const auto launch = wide_y ? launch_sum<float, float>
                      : wide ? launch_sum<float, cuda::Bf16>
                             : launch_sum<cuda::Bf16, cuda::Bf16>;
  launch(x, gate, y, sum, stream.get());
  return sum;
}

}  // namespace

void add_gate_residual(torch::Library& library) {
  library.impl("gate_residual", gate_residual_cuda);
}

}  // namespace gpst
