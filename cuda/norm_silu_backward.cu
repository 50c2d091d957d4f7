// Gradients of the norms with one statistic for the whole group; those of several tiles are in
// norm_silu_tiled_backward.cu.
#include <cstdint>

#include "cuda/norm_silu.h"
#include "cuda/norm_silu_backward.cuh"
#include "cuda/norm_silu_formula.cuh"
#include "cuda/norm_silu_layout.cuh"
#include "cuda/simt.h"
#include "cuda/values.cuh"

namespace gpst::cuda {
namespace {

constexpr PixelsPerThread kSumShare = {4, 64};
constexpr PixelsPerThread kApplyShare = {4, 32};

// What a channel of a picture is computed with.
struct ChannelNumbers {
  float mean, scale, weight, bias;
};

__device__ __forceinline__ ChannelNumbers channel_numbers(const NormInputs& in, int64_t picture,
                                                          int channel, const NormExtent& extent) {
  const double* of_group =
      in.statistics + 2 * (picture * extent.groups + channel / extent.group_channels);
  return {static_cast<float>(of_group[0]), norm_scale(extent, static_cast<float>(of_group[1])),
          __ldg(in.weight + channel), __ldg(in.bias + channel)};
}

// For each channel of a chunk the sums of the gradient g of z and of g (x - mean) * scale.
// Bytes: x and grad once; 8 written a chunk and channel. Operations a value: 1 exponential,
// 1 reciprocal, about 10 additions and multiplications.
template <int N>
__global__ void __launch_bounds__(kNormThreads)
    norm_sums_kernel(NormInputs in,
                     float2* __restrict__ sums,  // [B, chunks, C] of g, of g * normalised x
                     NormCut cut, NormExtent extent) {
  GPST_SHARED(float, bias_sums, kNormThreads* N);    // [rows, lanes * N]
  GPST_SHARED(float, weight_sums, kNormThreads* N);  // [rows, lanes * N]
  const NormThread own(cut, N, extent.channels);
  const int chunk = static_cast<int>(blockIdx.x) % cut.chunks;
  const int64_t picture = static_cast<int>(blockIdx.x) / cut.chunks;
  const int first = chunk * cut.chunk;
  const int count = min(cut.chunk, extent.pixels() - first);
  const int pitch = cut.lanes * N;
  if (own.active) {
    ChannelNumbers numbers[N];
    for (int i = 0; i < N; ++i) {
      numbers[i] = channel_numbers(in, picture, own.channel + i, extent);
    }
    const int64_t base = picture * extent.pixels() * extent.channels +
                         (first + own.row) * extent.channels + own.channel;
    const int step = cut.rows * extent.channels;
    const int own_count = pixels_of_row(cut, own.row, count);
    Values<N> bias_sum = {}, weight_sum = {};
#pragma unroll 2
    for (int k = 0; k < own_count; ++k) {
      const Values<N> value = load_values<N>(in.x + base + k * step);
      const Values<N> grad = load_values<N>(in.grad + base + k * step);
      for (int i = 0; i < N; ++i) {
        const float normalised = (value.at[i] - numbers[i].mean) * numbers[i].scale;
        const float g = activate_gradient(
            extent, fmaf(normalised, numbers[i].weight, numbers[i].bias), grad.at[i]);
        bias_sum.at[i] += g;
        weight_sum.at[i] = fmaf(g, normalised, weight_sum.at[i]);
      }
    }
    for (int i = 0; i < N; ++i) {
      bias_sums[own.row * pitch + own.block_channel + i] = bias_sum.at[i];
      weight_sums[own.row * pitch + own.block_channel + i] = weight_sum.at[i];
    }
  }
  __syncthreads();
  const int first_channel = static_cast<int>(blockIdx.y) * pitch;
  for (int c = static_cast<int>(threadIdx.x); c < pitch && first_channel + c < extent.channels;
       c += kNormThreads) {
    double bias_sum = 0, weight_sum = 0;
    for (int row = 0; row < cut.rows; ++row) {
      bias_sum += bias_sums[row * pitch + c];
      weight_sum += weight_sums[row * pitch + c];
    }
    sums[static_cast<int64_t>(blockIdx.x) * extent.channels + first_channel + c] =
        make_float2(static_cast<float>(bias_sum), static_cast<float>(weight_sum));
  }
}

// A warp a group of a picture: joins the chunks of its channels in double, then what mean and
// deviation pass on to every element of the group.
// Bytes: 8 a chunk and channel.
__global__ void __launch_bounds__(kNormThreads)
    norm_spread_kernel(NormInputs in,
                       const float2* __restrict__ sums,  // [B, chunks, C]
                       float2* __restrict__ per_sample,  // [B, C] gradients of bias and weight
                       float2* __restrict__ passed,      // [B, groups] constant, slope
                       int warps, int chunks, NormExtent extent) {
  const int warp =
      static_cast<int>(blockIdx.x) * (kNormThreads / kWarp) + static_cast<int>(threadIdx.x) / kWarp;
  if (warp >= warps) return;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int group = warp % extent.groups;
  const int64_t picture = warp / extent.groups;
  double bias_total = 0, weight_total = 0;
  for (int c = 0; c < extent.group_channels; ++c) {
    const int channel = group * extent.group_channels + c;
    const ChannelSums sum = join_channel(sums, per_sample, picture, channel, chunks, extent);
    const double weight = __ldg(in.weight + channel);
    bias_total += weight * sum.bias;
    weight_total += weight * sum.weight;
  }
  if (lane != 0) return;
  const double deviation = in.statistics[2 * static_cast<int64_t>(warp) + 1];
  const double scale = norm_scale(extent, static_cast<float>(deviation));
  // weight_total holds (x - mean) * scale; the derivative of the scale needs (x - mean).
  const StatisticsGradient pass =
      spread(-scale * bias_total, norm_scale_gradient(extent, deviation, scale) * weight_total,
             deviation, static_cast<double>(extent.pixels()) * extent.group_channels);
  passed[warp] = make_float2(pass.constant, pass.slope);
}

// Bytes: x and grad once, the gradient of x once. Operations a value: those of norm_sums_kernel.
template <int N>
__global__ void __launch_bounds__(kNormThreads)
    norm_apply_gradient_kernel(NormInputs in,
                               const float2* __restrict__ passed,  // [B, groups]
                               float* __restrict__ grad_x,         // [B, H, W, C]
                               NormCut cut, NormExtent extent) {
  const NormThread own(cut, N, extent.channels);
  if (!own.active) return;
  const int chunk = static_cast<int>(blockIdx.x) % cut.chunks;
  const int64_t picture = static_cast<int>(blockIdx.x) / cut.chunks;
  const int first = chunk * cut.chunk;
  ChannelNumbers numbers[N];
  float2 pass[N];
  for (int i = 0; i < N; ++i) {
    numbers[i] = channel_numbers(in, picture, own.channel + i, extent);
    pass[i] = passed[picture * extent.groups + (own.channel + i) / extent.group_channels];
  }
  const int64_t base = picture * extent.pixels() * extent.channels +
                       (first + own.row) * extent.channels + own.channel;
  const int step = cut.rows * extent.channels;
  const int own_count = pixels_of_row(cut, own.row, min(cut.chunk, extent.pixels() - first));
#pragma unroll 2
  for (int k = 0; k < own_count; ++k) {
    const Values<N> value = load_values<N>(in.x + base + k * step);
    const Values<N> grad = load_values<N>(in.grad + base + k * step);
    Values<N> result;
    for (int i = 0; i < N; ++i) {
      const float distance = value.at[i] - numbers[i].mean;
      const float g = activate_gradient(
          extent, fmaf(distance * numbers[i].scale, numbers[i].weight, numbers[i].bias),
          grad.at[i]);
      result.at[i] =
          fmaf(g, numbers[i].scale * numbers[i].weight, fmaf(distance, pass[i].y, pass[i].x));
    }
    store_values(grad_x + base + k * step, result);
  }
}

template <int N>
void backward(const NormShape& shape, const NormInputs& in, float* scratch,
              const NormGradients& gradients, Stream stream) {
  const NormExtent extent = norm_extent(shape);
  const NormCut cut = norm_cut(shape.channels, N, shape.pixels(), kSumShare);
  const int64_t warps = shape.pictures * shape.groups;
  check_fits_int("norm_silu_backward", "the number of blocks", shape.pictures * cut.chunks);
  auto* sums = reinterpret_cast<float2*>(scratch);                           // [B, chunks, C]
  float2* per_sample = sums + shape.pictures * cut.chunks * shape.channels;  // [B, C]
  float2* passed = per_sample + shape.pictures * shape.channels;             // [B, groups]
  launch("norm_sums", norm_sums_kernel<N>,
         dim3(static_cast<unsigned>(shape.pictures * cut.chunks),
              static_cast<unsigned>(cut.channel_blocks)),
         dim3(kNormThreads), 0, stream, in, sums, cut, extent);
  launch("norm_spread", norm_spread_kernel,
         dim3(static_cast<unsigned>(div_up(warps, int64_t{kNormThreads / kWarp}))),
         dim3(kNormThreads), 0, stream, in, static_cast<const float2*>(sums), per_sample, passed,
         static_cast<int>(warps), cut.chunks, extent);
  sum_samples(shape, per_sample, gradients, stream);
  const NormCut apply = norm_cut(shape.channels, N, shape.pixels(), kApplyShare);
  check_fits_int("norm_silu_backward", "the number of blocks", shape.pictures * apply.chunks);
  launch("norm_apply_gradient", norm_apply_gradient_kernel<N>,
         dim3(static_cast<unsigned>(shape.pictures * apply.chunks),
              static_cast<unsigned>(apply.channel_blocks)),
         dim3(kNormThreads), 0, stream, in, static_cast<const float2*>(passed), gradients.x, apply,
         extent);
}

// A thread a channel adds the pictures in their order. Bytes: 8 a picture and channel.
__global__ void __launch_bounds__(kNormThreads)
    norm_sum_samples_kernel(const float2* __restrict__ per_sample,  // [B, C]
                            float* __restrict__ grad_weight,        // [C]
                            float* __restrict__ grad_bias,          // [C]
                            int pictures, int channels) {
  const int channel = static_cast<int>(blockIdx.x) * kNormThreads + static_cast<int>(threadIdx.x);
  if (channel >= channels) return;
  double bias = 0, weight = 0;
  for (int b = 0; b < pictures; ++b) {
    const float2 sum = per_sample[static_cast<int64_t>(b) * channels + channel];
    bias += sum.x;
    weight += sum.y;
  }
  grad_bias[channel] = static_cast<float>(bias);
  grad_weight[channel] = static_cast<float>(weight);
}

}  // namespace

void sum_samples(const NormShape& shape, const float2* per_sample, const NormGradients& gradients,
                 Stream stream) {
  launch("norm_sum_samples", norm_sum_samples_kernel,
         dim3(static_cast<unsigned>(div_up(shape.channels, int64_t{kNormThreads}))),
         dim3(kNormThreads), 0, stream, per_sample, gradients.weight, gradients.bias,
         static_cast<int>(shape.pictures), static_cast<int>(shape.channels));
}

int64_t norm_backward_scratch(const NormShape& shape) {
  if (shape.channels == 0) return 0;
  if (shape.tiles > 1) return norm_tiled_backward_scratch(shape);
  int64_t chunks = norm_cut(shape.channels, 1, shape.pixels(), kSumShare).chunks;
  if (shape.channels % 4 == 0) {
    chunks =
        std::max<int64_t>(chunks, norm_cut(shape.channels, 4, shape.pixels(), kSumShare).chunks);
  }
  return 2 * shape.pictures * ((chunks + 1) * shape.channels + shape.groups);
}

void norm_silu_backward(const NormShape& shape, const float* grad, const float* x,
                        const float* weight, const float* bias, const double* statistics,
                        float* scratch, const NormGradients& gradients, Stream stream) {
  check_norm_shape("norm_silu_backward", shape);
  if (shape.channels == 0) return;
  const NormInputs in = {grad, x, weight, bias, statistics};
  if (shape.tiles > 1) {
    norm_silu_tiled_backward(shape, in, scratch, gradients, stream);
  } else if (norm_in_vectors<float>(shape, grad, x, gradients.x)) {
    backward<4>(shape, in, scratch, gradients, stream);
  } else {
    backward<1>(shape, in, scratch, gradients, stream);
  }
}

}  // namespace gpst::cuda
