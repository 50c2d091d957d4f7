#include <ATen/ATen.h>
#include <torch/library.h>

#include <vector>

#include "ops/cpu/bicubic.h"
#include "ops/cpu/norm_kernel.h"
#include "ops/cpu/pixel_norm_kernel.h"
#include "ops/norm_ops.h"
#include "ops/parallel_workspace.h"

namespace gpst::ops {
namespace {

// The matrices of the bicubic enlargement; empty for one tile.
template <class T>
struct EnlargementMatrices {
  std::vector<T> rows;     // [H, n]
  std::vector<T> columns;  // [n, W]

  explicit EnlargementMatrices(const cpu::NormShape& shape) {
    if (shape.tiles == 1) return;
    const int64_t n = shape.tiles;
    const std::vector<double> by_row = cpu::bicubic_weights(n, shape.height);    // [H, n]
    const std::vector<double> by_column = cpu::bicubic_weights(n, shape.width);  // [W, n]
    rows.assign(by_row.begin(), by_row.end());
    columns.resize(by_column.size());
    for (int64_t i = 0; i < shape.width; ++i) {
      for (int64_t tile = 0; tile < n; ++tile) {
        columns[static_cast<size_t>(tile * shape.width + i)] =
            static_cast<T>(by_column[static_cast<size_t>(i * n + tile)]);
      }
    }
  }
  cpu::Enlargement<T> view() const { return {rows.data(), columns.data()}; }
};

cpu::NormShape shape_of(const at::Tensor& x, const NormOptions& options) {
  return {
      x.size(1) / options.groups, x.size(2), x.size(3), options.tiles, options.eps, options.kind,
      options.activation};
}

// Calls f(group index in the batch, workspace) for the groups of all samples. Groups are
// independent, so any number of threads gives the same result.
template <class T, class F>
void for_groups(int64_t count, const cpu::NormShape& shape, F&& f) {
  const size_t bytes = cpu::with_simd_level(
      [&](auto level) { return cpu::norm_workspace_bytes<level(), T>(shape); });
  parallel_with_workspace(count, bytes, f);
}

// Maps that pixel_norm reads in place.
bool is_for_pixels(const at::Tensor& x, const NormOptions& options) {
  return options.tiles == 1 &&
         (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) &&
         !x.is_contiguous() && x.is_contiguous(at::MemoryFormat::ChannelsLast);
}

// Samples are independent, so any number of threads gives the same result.
template <cpu::SimdLevel level, class T>
void norm_pixels(const cpu::PixelNormShape& shape, const at::Tensor& x, const float* weight,
                 const float* bias, cpu::NormStatistics* statistics, const at::Tensor& y) {
  const auto* const source = static_cast<const T*>(x.const_data_ptr());
  auto* const target = static_cast<T*>(y.mutable_data_ptr());
  const int64_t size = shape.pixels * shape.channels;
  parallel_with_workspace(x.size(0), cpu::pixel_norm_workspace_bytes<level>(shape),
                          [&](int64_t i, std::byte* workspace) {
                            cpu::pixel_norm<level, T>(shape, source + i * size, weight, bias,
                                                      workspace, statistics + i * shape.groups,
                                                      target + i * size);
                          });
}

std::tuple<at::Tensor, at::Tensor> norm_silu_pixels(const at::Tensor& x /* [B,C,H,W] */,
                                                    const at::Tensor& weight_in,
                                                    const at::Tensor& bias_in,
                                                    const NormOptions& options) {
  const at::Tensor weight = weight_in.to(at::kFloat).contiguous();
  const at::Tensor bias = bias_in.to(at::kFloat).contiguous();  // [C]
  const cpu::PixelNormShape shape{x.size(2) * x.size(3), x.size(1),    options.groups,
                                  options.eps,           options.kind, options.activation};
  at::Tensor y = at::empty_like(x);
  at::Tensor statistics = at::empty({x.size(0), options.groups, 1, 2}, at::kDouble);
  auto* statistics_data =
      reinterpret_cast<cpu::NormStatistics*>(statistics.mutable_data_ptr<double>());
  cpu::with_simd_level([&](auto level) {
    const auto run = x.scalar_type() == at::kFloat ? norm_pixels<level(), float>
                                                   : norm_pixels<level(), uint16_t>;
    run(shape, x, weight.const_data_ptr<float>(), bias.const_data_ptr<float>(), statistics_data, y);
  });
  return {y, statistics};
}

std::tuple<at::Tensor, at::Tensor> norm_silu_cpu(const at::Tensor& x_in,
                                                 const at::Tensor& weight_in,
                                                 const at::Tensor& bias_in, int64_t groups,
                                                 double eps, int64_t kind, int64_t tiles,
                                                 int64_t activation) {
  const NormOptions options = norm_options(groups, eps, kind, tiles, activation);
  check_norm(x_in, weight_in, bias_in, options);
  if (is_for_pixels(x_in, options)) return norm_silu_pixels(x_in, weight_in, bias_in, options);
  if (x_in.scalar_type() == at::kBFloat16) {
    auto [y, statistics] = norm_silu_cpu(x_in.to(at::kFloat), weight_in, bias_in, groups, eps, kind,
                                         tiles, activation);
    return {y.to(at::kBFloat16), statistics};
  }
  const at::Tensor x = x_in.contiguous();                                         // [B, C, H, W]
  const at::Tensor weight = weight_in.contiguous(), bias = bias_in.contiguous();  // [C]
  const cpu::NormShape shape = shape_of(x, options);
  at::Tensor y = at::empty(x.sizes(), x.options());  // [B, C, H, W]
  at::Tensor statistics =
      at::empty({x.size(0), groups, tiles * tiles, 2}, x.options().dtype(at::kDouble));
  static_assert(sizeof(cpu::NormStatistics) == 2 * sizeof(double));
  auto* statistics_data =
      reinterpret_cast<cpu::NormStatistics*>(statistics.mutable_data_ptr<double>());
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "norm_silu", [&] {
    const EnlargementMatrices<scalar_t> enlargement(shape);
    const scalar_t* source = x.const_data_ptr<scalar_t>();
    scalar_t* target = y.mutable_data_ptr<scalar_t>();
    const int64_t group_size = shape.channels * shape.height * shape.width;
    for_groups<scalar_t>(x.size(0) * groups, shape, [&](int64_t group, std::byte* workspace) {
      const int64_t channel = group % groups * shape.channels;
      cpu::with_simd_level([&](auto level) {
        cpu::norm_forward<level(), scalar_t>(
            shape, enlargement.view(), source + group * group_size,
            weight.const_data_ptr<scalar_t>() + channel, bias.const_data_ptr<scalar_t>() + channel,
            workspace, statistics_data + group * tiles * tiles, target + group * group_size);
      });
    });
  });
  return {y.contiguous(x_in.suggest_memory_format()), statistics};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> norm_silu_backward_cpu(
    const at::Tensor& grad_in, const at::Tensor& x_in, const at::Tensor& weight_in,
    const at::Tensor& bias_in, const at::Tensor& statistics_in, int64_t groups, double eps,
    int64_t kind, int64_t tiles, int64_t activation) {
  const NormOptions options = norm_options(groups, eps, kind, tiles, activation);
  check_norm_backward(grad_in, x_in, weight_in, bias_in, statistics_in, options);
  if (x_in.scalar_type() == at::kBFloat16) {
    auto [grad_x, grad_weight, grad_bias] =
        norm_silu_backward_cpu(grad_in.to(at::kFloat), x_in.to(at::kFloat), weight_in, bias_in,
                               statistics_in, groups, eps, kind, tiles, activation);
    return {grad_x.to(at::kBFloat16), grad_weight, grad_bias};
  }
  const at::Tensor x = x_in.contiguous(), grad = grad_in.contiguous();            // [B, C, H, W]
  const at::Tensor weight = weight_in.contiguous(), bias = bias_in.contiguous();  // [C]
  const at::Tensor statistics = statistics_in.contiguous();  // [B, groups, tiles*tiles, 2]
  const cpu::NormShape shape = shape_of(x, options);
  at::Tensor grad_x = at::empty(x.sizes(), x.options());  // [B, C, H, W]
  // Per sample, then summed over the samples in their order.
  const auto wide = x.options().dtype(at::kDouble);
  at::Tensor grad_weight = at::empty({x.size(0), x.size(1)}, wide);  // [B, C]
  at::Tensor grad_bias = at::empty({x.size(0), x.size(1)}, wide);    // [B, C]
  const auto* statistics_data =
      reinterpret_cast<const cpu::NormStatistics*>(statistics.const_data_ptr<double>());
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "norm_silu_backward", [&] {
    const EnlargementMatrices<scalar_t> enlargement(shape);
    const int64_t group_size = shape.channels * shape.height * shape.width;
    for_groups<scalar_t>(x.size(0) * groups, shape, [&](int64_t group, std::byte* workspace) {
      const int64_t channel = group % groups * shape.channels;
      const cpu::NormGradients<scalar_t> gradients{
          grad_x.mutable_data_ptr<scalar_t>() + group * group_size,
          grad_weight.mutable_data_ptr<double>() + group * shape.channels,
          grad_bias.mutable_data_ptr<double>() + group * shape.channels};
      cpu::with_simd_level([&](auto level) {
        cpu::norm_backward<level(), scalar_t>(
            shape, enlargement.view(), x.const_data_ptr<scalar_t>() + group * group_size,
            weight.const_data_ptr<scalar_t>() + channel, bias.const_data_ptr<scalar_t>() + channel,
            statistics_data + group * tiles * tiles,
            grad.const_data_ptr<scalar_t>() + group * group_size, workspace, gradients);
      });
    });
  });
  return {grad_x.contiguous(x_in.suggest_memory_format()), grad_weight.sum(0).to(x.scalar_type()),
          grad_bias.sum(0).to(x.scalar_type())};
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) {
  m.impl("norm_silu", norm_silu_cpu);
  m.impl("norm_silu_backward", norm_silu_backward_cpu);
}

}  // namespace gpst::ops
