// First pass of the norms: mean and deviation of every tile of every group.
#include <cstdint>

#include "cuda/norm_silu.h"
#include "cuda/norm_silu_formula.cuh"
#include "cuda/norm_silu_layout.cuh"
#include "cuda/simt.h"
#include "cuda/values.cuh"

namespace gpst::cuda {
namespace {

constexpr PixelsPerThread kShare = {4, 64};

template <class T>
NormCut statistics_cut(const NormShape& shape, bool vectors) {
  return norm_cut(shape.channels, vectors ? 16 / sizeof(T) : 1, shape.pixels() / shape.grid(),
                  kShare);
}

// Mean and sum of squared deviations of each channel of a chunk. A thread sums around the first of
// its own values: its sum of squares exceeds that of the deviations by its number of values at
// most, whatever the mean. Rows are joined in double.
// Bytes: x once; 8 written a chunk and channel. Operations a value: 2 additions, 1 fused
// multiply-add; a division by the tile's width a pixel where there are several tiles.
template <int N, class T>
__global__ void __launch_bounds__(kNormThreads)
    norm_moments_kernel(const T* __restrict__ x,       // [B, H, W, C]
                        float2* __restrict__ moments,  // [B, n*n, chunks, C]
                        NormCut cut, NormExtent extent) {
  GPST_SHARED(float, means, kNormThreads* N);    // [rows, lanes * N]
  GPST_SHARED(float, squares, kNormThreads* N);  // [rows, lanes * N]
  const NormThread own(cut, N, extent.channels);
  const int chunk = static_cast<int>(blockIdx.x) % cut.chunks;
  const int tile_of_batch = static_cast<int>(blockIdx.x) / cut.chunks;
  const int tile = tile_of_batch % (extent.tiles * extent.tiles);
  const int64_t picture = tile_of_batch / (extent.tiles * extent.tiles);
  const int first = chunk * cut.chunk;
  const int count = min(cut.chunk, extent.tile_pixels() - first);
  const int own_count = pixels_of_row(cut, own.row, count);
  const int pitch = cut.lanes * N;

  if (own.active && own_count > 0) {
    const T* source = x + picture * extent.pixels() * extent.channels + own.channel;
    const auto read = [&](int k) {
      return load_values<N>(source +
                            extent.pixel(tile, first + own.row + k * cut.rows) * extent.channels);
    };
    const Values<N> centre = read(0);
    Values<N> sum = {}, square = {};
#pragma unroll 4
    for (int k = 1; k < own_count; ++k) {
      const Values<N> value = read(k);
      for (int i = 0; i < N; ++i) {
        const float distance = value.at[i] - centre.at[i];
        sum.at[i] += distance;
        square.at[i] = fmaf(distance, distance, square.at[i]);
      }
    }
    const float number = static_cast<float>(own_count);
    for (int i = 0; i < N; ++i) {
      const int at = own.row * pitch + own.block_channel + i;
      const float offset = sum.at[i] / number;
      const float rest = fmaf(-sum.at[i], offset, square.at[i]);
      means[at] = centre.at[i] + offset;
      squares[at] = rest < 0 ? 0 : rest;  // rounding may leave it just below 0; a NaN is kept
    }
  }
  __syncthreads();

  const int first_channel = static_cast<int>(blockIdx.y) * pitch;
  for (int c = static_cast<int>(threadIdx.x); c < pitch && first_channel + c < extent.channels;
       c += kNormThreads) {
    const int rows = min(cut.rows, count);
    double sum = 0, square = 0;
    for (int row = 0; row < rows; ++row) {
      sum += static_cast<double>(pixels_of_row(cut, row, count)) * means[row * pitch + c];
    }
    const double mean = sum / count;
    for (int row = 0; row < rows; ++row) {
      const double distance = means[row * pitch + c] - mean;
      square += squares[row * pitch + c] + pixels_of_row(cut, row, count) * distance * distance;
    }
    moments[static_cast<int64_t>(blockIdx.x) * extent.channels + first_channel + c] =
        make_float2(static_cast<float>(mean), static_cast<float>(square));
  }
}

// Joins the moments of a tile and group, one warp each, in double.
// Bytes: 8 a chunk and channel, read twice (the second time from L1 or L2), 16 written a group.
__global__ void __launch_bounds__(kNormThreads)
    norm_join_kernel(const float2* __restrict__ moments,  // [B, n*n, chunks, C]
                     double* __restrict__ statistics,     // [B, groups, n*n, 2]
                     int warps, NormCut cut, NormExtent extent) {
  const int warp =
      static_cast<int>(blockIdx.x) * (kNormThreads / kWarp) + static_cast<int>(threadIdx.x) / kWarp;
  if (warp >= warps) return;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int group = warp % extent.groups, tile_of_batch = warp / extent.groups;
  const int grid = extent.tiles * extent.tiles;
  const float2* source = moments +
                         static_cast<int64_t>(tile_of_batch) * cut.chunks * extent.channels +
                         group * extent.group_channels;
  const int items = cut.chunks * extent.group_channels;
  const auto pixels_of = [&](int item) {
    return min(cut.chunk, extent.tile_pixels() - item / extent.group_channels * cut.chunk);
  };
  const auto moments_of = [&](int item) {
    return source[item / extent.group_channels * extent.channels + item % extent.group_channels];
  };
  double sum = 0, square = 0;
  for (int i = lane; i < items; i += kWarp) {
    sum += static_cast<double>(pixels_of(i)) * moments_of(i).x;
  }
  const double number = static_cast<double>(extent.tile_pixels()) * extent.group_channels;
  const double mean = sum_of_warp(sum) / number;
  for (int i = lane; i < items; i += kWarp) {
    const float2 moment = moments_of(i);
    const double distance = moment.x - mean;
    square += moment.y + pixels_of(i) * distance * distance;
  }
  square = sum_of_warp(square);
  if (lane != 0) return;
  double* target =
      statistics +
      2 * ((static_cast<int64_t>(tile_of_batch / grid) * extent.groups + group) * grid +
           tile_of_batch % grid);
  target[0] = mean;
  target[1] = sqrt(square / number);
}

}  // namespace

// As many as without vectors, which the alignment of x decides.
template <class T>
int64_t norm_scratch(const NormShape& shape) {
  if (shape.channels == 0) return 0;
  const int64_t chunks =
      std::max(statistics_cut<T>(shape, false).chunks,
               shape.channels % (16 / sizeof(T)) == 0 ? statistics_cut<T>(shape, true).chunks : 0);
  return 2 * shape.pictures * shape.grid() * chunks * shape.channels;
}

template <class T>
void norm_statistics(const NormShape& shape, const T* x, float* scratch, double* statistics,
                     Stream stream) {
  constexpr int kVector = 16 / sizeof(T);
  check_norm_shape("norm_statistics", shape);
  if (shape.pictures == 0 || shape.channels == 0) return;
  const bool vectors = norm_in_vectors<T>(shape, x);
  const NormCut cut = statistics_cut<T>(shape, vectors);
  const NormExtent extent = norm_extent(shape);
  const int64_t blocks = shape.pictures * shape.grid() * cut.chunks;
  check_fits_int("norm_statistics", "the number of blocks", blocks);
  auto* moments = reinterpret_cast<float2*>(scratch);
  launch("norm_moments", vectors ? norm_moments_kernel<kVector, T> : norm_moments_kernel<1, T>,
         dim3(static_cast<unsigned>(blocks), static_cast<unsigned>(cut.channel_blocks)),
         dim3(kNormThreads), 0, stream, x, moments, cut, extent);
  const int64_t warps = shape.pictures * shape.grid() * shape.groups;
  check_fits_int("norm_statistics", "the number of statistics", warps + kNormThreads);
  launch("norm_join", norm_join_kernel,
         dim3(static_cast<unsigned>(div_up(warps, int64_t{kNormThreads / kWarp}))),
         dim3(kNormThreads), 0, stream, static_cast<const float2*>(moments), statistics,
         static_cast<int>(warps), cut, extent);
}

template int64_t norm_scratch<float>(const NormShape&);
template int64_t norm_scratch<Bf16>(const NormShape&);
template void norm_statistics(const NormShape&, const float*, float*, double*, Stream);
template void norm_statistics(const NormShape&, const Bf16*, float*, double*, Stream);

}  // namespace gpst::cuda
