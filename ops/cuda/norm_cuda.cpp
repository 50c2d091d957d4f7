#include <ATen/ATen.h>
#include <torch/library.h>

#include <tuple>

#include "cuda/norm_silu.h"
#include "ops/check.h"
#include "ops/cuda/bf16_data.h"
#include "ops/cuda/kernels.h"
#include "ops/cuda/stream.h"
#include "ops/norm_ops.h"

namespace gpst {
namespace {

cuda::NormShape norm_shape(const at::Tensor& x, const NormOptions& options) {
  return {.pictures = x.size(0),
          .channels = x.size(1),
          .groups = options.groups,
          .height = x.size(2),
          .width = x.size(3),
          .tiles = options.tiles,
          .eps = options.eps,
          .kind = options.kind,
          .activation = options.activation};
}

void check_not_double(const at::Tensor& x) {
  if (x.scalar_type() != at::kDouble) return;
  refuse("norm_silu", "x must be float32 or bfloat16 on CUDA, found Double; convert it first");
}

// Statistics are float64 as on the CPU: they are few, and a deviation keeps its digits.
template <class T>
std::tuple<at::Tensor, at::Tensor> norm_of(const at::Tensor& x /*[B, H, W, C]*/,
                                           const at::Tensor& weight, const at::Tensor& bias,
                                           const NormOptions& options, cuda::Stream stream) {
  const cuda::NormShape shape = norm_shape(x, options);
  at::Tensor y = at::empty(x.sizes(), x.options(), at::MemoryFormat::ChannelsLast);
  at::Tensor statistics =
      at::empty({x.size(0), options.groups, shape.grid(), 2}, x.options().dtype(at::kDouble));
  const at::Tensor scratch =
      at::empty({cuda::norm_scratch<T>(shape)}, x.options().dtype(at::kFloat));
  cuda::norm_statistics(shape, const_data<T>(x), scratch.mutable_data_ptr<float>(),
                        statistics.mutable_data_ptr<double>(), stream);
  cuda::norm_silu(shape, const_data<T>(x), weight.const_data_ptr<float>(),
                  bias.const_data_ptr<float>(), statistics.const_data_ptr<double>(),
                  mutable_data<T>(y), stream);
  return {y, statistics};
}

std::tuple<at::Tensor, at::Tensor> norm_silu_cuda(const at::Tensor& x_in, const at::Tensor& weight,
                                                  const at::Tensor& bias, int64_t groups,
                                                  double eps, int64_t kind, int64_t tiles,
                                                  int64_t activation) {
  const NormOptions options = ops::norm_options(groups, eps, kind, tiles, activation);
  ops::check_norm(x_in, weight, bias, options);
  check_not_double(x_in);
  const OpStream stream(x_in);
  const at::Tensor x = x_in.contiguous(at::MemoryFormat::ChannelsLast);
  const auto norm = x.scalar_type() == at::kFloat ? norm_of<float> : norm_of<cuda::Bf16>;
  auto [y, statistics] = norm(x, weight.contiguous(), bias.contiguous(), options, stream.get());
  return {y.contiguous(x_in.suggest_memory_format()), statistics};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> norm_silu_backward_cuda(
    const at::Tensor& grad_in, const at::Tensor& x_in, const at::Tensor& weight_in,
    const at::Tensor& bias_in, const at::Tensor& statistics_in, int64_t groups, double eps,
    int64_t kind, int64_t tiles, int64_t activation) {
  const NormOptions options = ops::norm_options(groups, eps, kind, tiles, activation);
  ops::check_norm_backward(grad_in, x_in, weight_in, bias_in, statistics_in, options);
  check_not_double(x_in);
  const OpStream stream(x_in);
  constexpr auto kLast = at::MemoryFormat::ChannelsLast;
  const at::Tensor x = x_in.to(at::kFloat).contiguous(kLast);                     // [B, H, W, C]
  const at::Tensor grad = grad_in.to(at::kFloat).contiguous(kLast);               // [B, H, W, C]
  const at::Tensor weight = weight_in.contiguous(), bias = bias_in.contiguous();  // [C]
  const at::Tensor statistics = statistics_in.contiguous();  // [B, groups, tiles*tiles, 2]
  const cuda::NormShape shape = norm_shape(x, options);
  at::Tensor grad_x = at::empty(x.sizes(), x.options(), kLast);          // [B, H, W, C]
  at::Tensor grad_weight = at::empty(weight.sizes(), weight.options());  // [C]
  at::Tensor grad_bias = at::empty(bias.sizes(), bias.options());        // [C]
  const at::Tensor scratch = at::empty({cuda::norm_backward_scratch(shape)}, x.options());
  cuda::norm_silu_backward(shape, grad.const_data_ptr<float>(), x.const_data_ptr<float>(),
                           weight.const_data_ptr<float>(), bias.const_data_ptr<float>(),
                           statistics.const_data_ptr<double>(), scratch.mutable_data_ptr<float>(),
                           {grad_x.mutable_data_ptr<float>(), grad_weight.mutable_data_ptr<float>(),
                            grad_bias.mutable_data_ptr<float>()},
                           stream.get());
  return {grad_x.to(x_in.scalar_type()).contiguous(x_in.suggest_memory_format()), grad_weight,
          grad_bias};
}

}  // namespace

void add_norm(torch::Library& library) {
  library.impl("norm_silu", norm_silu_cuda);
  library.impl("norm_silu_backward", norm_silu_backward_cuda);
}

}  // namespace gpst
