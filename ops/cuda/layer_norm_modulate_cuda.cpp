#include <ATen/ATen.h>
#include <torch/library.h>

#include "cuda/layer_norm_modulate.h"
#include "ops/cuda/bf16_data.h"
#include "ops/cuda/kernels.h"
#include "ops/cuda/stream.h"
#include "ops/cuda/token_arguments.h"
#include "ops/layer_norm_modulate_ops.h"

namespace gpst {
namespace {

template <class T, class Out>
void launch_norm(const at::Tensor& x, const at::Tensor& shift, const at::Tensor& scale, double eps,
                 const at::Tensor& h, cuda::Stream stream) {
  cuda::layer_norm_modulate(const_data<T>(x), modulation_rows(shift), modulation_rows(scale),
                            mutable_data<Out>(h), token_shape(x), static_cast<float>(eps), stream);
}

at::Tensor layer_norm_modulate_cuda(const at::Tensor& x_in, const at::Tensor& shift_in,
                                    const at::Tensor& scale_in, double eps, at::ScalarType dtype) {
  ops::check_layer_norm_modulate(x_in, shift_in, scale_in, eps, dtype);
  const OpStream stream(x_in);
  const at::Tensor x = x_in.contiguous();  // [N, l, D]
  const at::Tensor shift = with_plain_rows(shift_in), scale = with_plain_rows(scale_in);  // [N, D]
  at::Tensor h = at::empty(x.sizes(), x.options().dtype(dtype));  // [N, l, D]
  const bool wide = x.scalar_type() == at::kFloat;
  const auto launch = dtype == at::kFloat ? launch_norm<float, float>
                      : wide              ? launch_norm<float, cuda::Bf16>
                                          : launch_norm<cuda::Bf16, cuda::Bf16>;
  launch(x, shift, scale, eps, h, stream.get());
  return h;
}

struct ResidualTensors {
  at::Tensor x, gate, y, shift, scale, sum, norm;
};

template <class T, class Y>
void launch_residual(const ResidualTensors& t, double eps, cuda::Stream stream) {
  cuda::gate_residual_norm(const_data<T>(t.x), modulation_rows(t.gate), const_data<Y>(t.y),
                           modulation_rows(t.shift), modulation_rows(t.scale),
                           mutable_data<T>(t.sum), mutable_data<Y>(t.norm), token_shape(t.x),
                           static_cast<float>(eps), stream);
}

std::tuple<at::Tensor, at::Tensor> gate_residual_norm_cuda(const at::Tensor& x,
                                                           const at::Tensor& gate,
                                                           const at::Tensor& y,
                                                           const at::Tensor& shift,
                                                           const at::Tensor& scale, double eps) {
  ops::check_gate_residual_norm(x, gate, y, shift, scale, eps);
  const OpStream stream(x);
  const ResidualTensors tensors = {.x = x.contiguous(),
                                   .gate = with_plain_rows(gate),
                                   .y = y.contiguous(),
                                   .shift = with_plain_rows(shift),
                                   .scale = with_plain_rows(scale),
                                   .sum = at::empty(x.sizes(), x.options()),
                                   .norm = at::empty(y.sizes(), y.options())};
  const bool wide = x.scalar_type() == at::kFloat, wide_y = y.scalar_type() == at::kFloat;
  const auto launch = wide_y ? launch_residual<float, float>
                      : wide ? launch_residual<float, cuda::Bf16>
                             : launch_residual<cuda::Bf16, cuda::Bf16>;
  launch(tensors, eps, stream.get());
  return {tensors.sum, tensors.norm};
}

}  // namespace

void add_layer_norm_modulate(torch::Library& library) {
  library.impl("layer_norm_modulate", layer_norm_modulate_cuda);
  library.impl("gate_residual_norm", gate_residual_norm_cuda);
}

}  // namespace gpst
