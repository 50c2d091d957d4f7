// Gradients of the tile norm with several tiles. Training takes one tile as a rule, so this is kept
// plain: a warp computes one row of one group, its lanes the pixels, channel after channel.
#include <cstdint>

#include "cuda/bicubic.cuh"
#include "cuda/check_sizes.h"
#include "cuda/norm_silu_backward.cuh"
#include "cuda/norm_silu_formula.cuh"
#include "cuda/norm_silu_layout.cuh"
#include "cuda/simt.h"

namespace gpst::cuda {
namespace {

constexpr int kWarpsPerBlock = 4;

__device__ __forceinline__ float sum_of_warp(float value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(kFullMask, value, distance);
  }
  return value;
}

// Which row of which group a warp has.
struct WarpRow {
  int lane, y, group;
  int64_t picture;
  int64_t row;  // of the batch
  bool active;

  __device__ __forceinline__ WarpRow(int warps, const NormExtent& extent)
      : lane(static_cast<int>(threadIdx.x) % kWarp) {
    const int warp =
        static_cast<int>(blockIdx.x) * kWarpsPerBlock + static_cast<int>(threadIdx.x) / kWarp;
    active = warp < warps;
    group = warp % extent.groups;
    row = warp / extent.groups;
    picture = row / extent.height;
    y = static_cast<int>(row % extent.height);
  }
};

// Statistics of a row, summed over tile rows: [n] mean and deviation.
__device__ __forceinline__ void enlarge_down(const double* __restrict__ statistics,  // [n*n, 2]
                                             const WarpRow& own, const NormExtent& extent,
                                             float2* columns) {  // [n]
  const int n = extent.tiles;
  const BicubicTaps taps = bicubic_taps(own.y, n, extent.height);
  for (int tile_x = own.lane; tile_x < n; tile_x += kWarp) {
    double mean = 0, deviation = 0;
#pragma unroll
    for (int tap = 0; tap < kBicubicTaps; ++tap) {
      if (taps.first + tap >= n) break;
      const double* of_tile = statistics + 2 * ((taps.first + tap) * n + tile_x);
      mean += static_cast<double>(taps.weight[tap]) * of_tile[0];
      deviation += static_cast<double>(taps.weight[tap]) * of_tile[1];
    }
    columns[tile_x] = make_float2(static_cast<float>(mean), static_cast<float>(deviation));
  }
}

// A pixel of the enlarged maps: mean and 1 / (deviation + eps).
__device__ __forceinline__ float2 enlarge_across(const float2* columns, const BicubicTaps& taps,
                                                 const NormExtent& extent) {
  float mean = 0, deviation = extent.eps;
#pragma unroll
  for (int tap = 0; tap < kBicubicTaps; ++tap) {
    if (taps.first + tap >= extent.tiles) break;
    const float2 node = columns[taps.first + tap];
    mean = fmaf(taps.weight[tap], node.x, mean);
    deviation = fmaf(taps.weight[tap], node.y, deviation);
  }
  return make_float2(mean, 1.0f / deviation);
}

__device__ __forceinline__ float weight_of_node(const BicubicTaps& taps, int node) {
  float weight = 0;
#pragma unroll
  for (int tap = 0; tap < kBicubicTaps; ++tap) {
    if (taps.first + tap == node) weight = taps.weight[tap];
  }
  return weight;
}

// Sums over a row: for each channel g and g * normalised x, and for each tile column the gradients
// of mean and deviation, weighted as the column was.
// Bytes: x and grad once, in pieces of 4 bytes times the channels of the group; 8 written a
// channel, 8 a tile column. Operations a value: those of norm_sums_kernel and 10 shuffles.
__global__ void __launch_bounds__(kWarpsPerBlock* kWarp)
    norm_tiled_sums_kernel(NormInputs in,
                           float2* __restrict__ row_sums,   // [B, H, C] of g, of g * normalised x
                           float2* __restrict__ tile_sums,  // [B, H, groups, n]
                           int warps, NormExtent extent) {
  GPST_DYNAMIC_SHARED(float2, shared);
  const WarpRow own(warps, extent);
  if (!own.active) return;
  const int n = extent.tiles, channels = extent.group_channels;
  float2* columns = shared + static_cast<int>(threadIdx.x) / kWarp * (2 * n + channels);  // [n]
  float2* of_tiles = columns + n;                                                         // [n]
  float2* of_channels = of_tiles + n;  // [channels]
  enlarge_down(in.statistics + 2 * (own.picture * extent.groups + own.group) * n * n, own, extent,
               columns);
  for (int i = own.lane; i < n; i += kWarp) of_tiles[i] = make_float2(0, 0);
  for (int i = own.lane; i < channels; i += kWarp) of_channels[i] = make_float2(0, 0);
  __syncwarp();

  for (int start = 0; start < extent.width; start += kWarp) {
    const int x = start + own.lane;
    const BicubicTaps taps = bicubic_taps(x, n, extent.width);
    const float2 map = x < extent.width ? enlarge_across(columns, taps, extent) : make_float2(0, 0);
    float mean_sum = 0, deviation_sum = 0;
    for (int c = 0; c < channels; ++c) {
      const int channel = own.group * channels + c;
      float g = 0, normalised = 0;
      if (x < extent.width) {
        const int64_t at = (own.row * extent.width + x) * extent.channels + channel;
        normalised = (in.x[at] - map.x) * map.y;
        g = activate_gradient(
            extent, fmaf(normalised, __ldg(in.weight + channel), __ldg(in.bias + channel)),
            in.grad[at]);
      }
      const float direct = g * __ldg(in.weight + channel) * map.y;
      mean_sum -= direct;
      deviation_sum = fmaf(-direct, normalised, deviation_sum);
      const float bias_sum = sum_of_warp(g), weight_sum = sum_of_warp(g * normalised);
      if (own.lane == 0) {
        of_channels[c] = make_float2(of_channels[c].x + bias_sum, of_channels[c].y + weight_sum);
      }
    }
    for (int tile_x = 0; tile_x < n; ++tile_x) {
      const float weight = x < extent.width ? weight_of_node(taps, tile_x) : 0.0f;
      const float mean = sum_of_warp(weight * mean_sum);
      const float deviation = sum_of_warp(weight * deviation_sum);
      if (own.lane == 0) {
        of_tiles[tile_x] = make_float2(of_tiles[tile_x].x + mean, of_tiles[tile_x].y + deviation);
      }
    }
  }
  __syncwarp();
  for (int i = own.lane; i < channels; i += kWarp) {
    row_sums[own.row * extent.channels + own.group * channels + i] = of_channels[i];
  }
  for (int i = own.lane; i < n; i += kWarp) {
    tile_sums[(own.row * extent.groups + own.group) * n + i] = of_tiles[i];
  }
}

// A warp a group of a picture: joins the rows, in double.
__global__ void __launch_bounds__(kNormThreads, 4)
    norm_tiled_spread_kernel(NormInputs in,
                             const float2* __restrict__ row_sums,   // [B, H, C]
                             const float2* __restrict__ tile_sums,  // [B, H, groups, n]
                             float2* __restrict__ per_sample,       // [B, C] of bias, of weight
                             float2* __restrict__ passed,           // [B, groups, n*n]
                             int warps, NormExtent extent) {
  const int warp =
      static_cast<int>(blockIdx.x) * (kNormThreads / kWarp) + static_cast<int>(threadIdx.x) / kWarp;
  if (warp >= warps) return;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int group = warp % extent.groups, n = extent.tiles;
  const int64_t picture = warp / extent.groups;
  for (int c = 0; c < extent.group_channels; ++c) {
    join_channel(row_sums, per_sample, picture, group * extent.group_channels + c, extent.height,
                 extent);
  }
  const double count = static_cast<double>(extent.tile_pixels()) * extent.group_channels;
  for (int tile = 0; tile < n * n; ++tile) {
    double mean_sum = 0, deviation_sum = 0;
    for (int y = lane; y < extent.height; y += kWarp) {
      const double weight = weight_of_node(bicubic_taps(y, n, extent.height), tile / n);
      const float2 sum =
          tile_sums[((picture * extent.height + y) * extent.groups + group) * n + tile % n];
      mean_sum += weight * sum.x;
      deviation_sum += weight * sum.y;
    }
    mean_sum = sum_of_warp(mean_sum);
    deviation_sum = sum_of_warp(deviation_sum);
    const int64_t at = static_cast<int64_t>(warp) * n * n + tile;
    const StatisticsGradient pass =
        spread(mean_sum, deviation_sum, in.statistics[2 * at + 1], count);
    if (lane == 0) passed[at] = make_float2(pass.constant, pass.slope);
  }
}

// Bytes: x and grad once, the gradient of x once, in pieces as norm_tiled_sums_kernel.
__global__ void __launch_bounds__(kWarpsPerBlock* kWarp)
    norm_tiled_gradient_kernel(NormInputs in,
                               const float2* __restrict__ passed,  // [B, groups, n*n]
                               float* __restrict__ grad_x,         // [B, H, W, C]
                               int warps, NormExtent extent) {
  GPST_DYNAMIC_SHARED(float2, shared);
  const WarpRow own(warps, extent);
  if (!own.active) return;
  const int n = extent.tiles;
  float2* columns = shared + static_cast<int>(threadIdx.x) / kWarp * n;  // [n]
  const int64_t first_tile = (own.picture * extent.groups + own.group) * n * n;
  enlarge_down(in.statistics + 2 * first_tile, own, extent, columns);
  __syncwarp();
  for (int x = own.lane; x < extent.width; x += kWarp) {
    const float2 map = enlarge_across(columns, bicubic_taps(x, n, extent.width), extent);
    const int64_t tile = first_tile + own.y / extent.tile_height * n + x / extent.tile_width;
    const float tile_mean = static_cast<float>(in.statistics[2 * tile]);
    const float2 pass = passed[tile];
    for (int c = 0; c < extent.group_channels; ++c) {
      const int channel = own.group * extent.group_channels + c;
      const int64_t at = (own.row * extent.width + x) * extent.channels + channel;
      const float weight = __ldg(in.weight + channel);
      const float value = in.x[at];
      const float g = activate_gradient(
          extent, fmaf((value - map.x) * map.y, weight, __ldg(in.bias + channel)), in.grad[at]);
      grad_x[at] = fmaf(g, weight * map.y, fmaf(value - tile_mean, pass.y, pass.x));
    }
  }
}

}  // namespace

int64_t norm_tiled_backward_scratch(const NormShape& shape) {
  const int64_t rows = shape.pictures * shape.height;
  return 2 * (rows * (shape.channels + shape.groups * shape.tiles) +
              shape.pictures * (shape.channels + shape.groups * shape.grid()));
}

void norm_silu_tiled_backward(const NormShape& shape, const NormInputs& in, float* scratch,
                              const NormGradients& gradients, Stream stream) {
  const NormExtent extent = norm_extent(shape);
  const int64_t rows = shape.pictures * shape.height;
  const int64_t row_warps = rows * shape.groups, group_warps = shape.pictures * shape.groups;
  check_fits_int("norm_silu_backward", "rows times groups of the batch", row_warps);
  auto* row_sums = reinterpret_cast<float2*>(scratch);                 // [B, H, C]
  float2* tile_sums = row_sums + rows * shape.channels;                // [B, H, groups, n]
  float2* per_sample = tile_sums + rows * shape.groups * shape.tiles;  // [B, C]
  float2* passed = per_sample + shape.pictures * shape.channels;       // [B, groups, n*n]
  const dim3 row_grid(static_cast<unsigned>(div_up(row_warps, int64_t{kWarpsPerBlock})));
  const auto shared = [](int64_t float2s_of_warp) {
    return static_cast<size_t>(kWarpsPerBlock * float2s_of_warp) * sizeof(float2);
  };
  launch("norm_tiled_sums", norm_tiled_sums_kernel, row_grid, dim3(kWarpsPerBlock * kWarp),
         shared(2 * shape.tiles + shape.group_channels()), stream, in, row_sums, tile_sums,
         static_cast<int>(row_warps), extent);
  launch("norm_tiled_spread", norm_tiled_spread_kernel,
         dim3(static_cast<unsigned>(div_up(group_warps, int64_t{kNormThreads / kWarp}))),
         dim3(kNormThreads), 0, stream, in, static_cast<const float2*>(row_sums),
         static_cast<const float2*>(tile_sums), per_sample, passed, static_cast<int>(group_warps),
         extent);
  sum_samples(shape, per_sample, gradients, stream);
  launch("norm_tiled_gradient", norm_tiled_gradient_kernel, row_grid, dim3(kWarpsPerBlock * kWarp),
         shared(shape.tiles), stream, in, static_cast<const float2*>(passed), gradients.x,
         static_cast<int>(row_warps), extent);
}

}  // namespace gpst::cuda
