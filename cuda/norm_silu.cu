// Second pass of the norms: application. One statistic for the whole group here; the case of
// several tiles is in norm_silu_tiled.cu.
#include "cuda/norm_silu.h"

#include <cstdint>
#include <string>

#include "base/error.h"
#include "cuda/norm_silu_formula.cuh"
#include "cuda/norm_silu_layout.cuh"
#include "cuda/norm_silu_tiled.h"
#include "cuda/simt.h"
#include "cuda/values.cuh"

namespace gpst::cuda {
namespace {

constexpr PixelsPerThread kShare = {4, 32};

// What the thread's channels are computed with is found once a block, a channel a thread, and kept
// in registers. (x - mean) * slope + bias rather than one fused multiply-add: no digits are lost
// under a large mean.
// Bytes: x once, y once; 28 a channel and block. Operations a value: 1 subtraction, 1 fused
// multiply-add; with SiLU 1 exponential, 1 reciprocal, 1 addition, 2 multiplications more.
template <int N, class T>
__global__ void __launch_bounds__(kNormThreads)
    norm_apply_kernel(const T* __restrict__ x,                // [B, H, W, C]
                      const float* __restrict__ weight,       // [C]
                      const float* __restrict__ bias,         // [C]
                      const double* __restrict__ statistics,  // [B, groups, 1, 2]
                      T* __restrict__ y,                      // [B, H, W, C]
                      NormCut cut, NormExtent extent) {
  GPST_SHARED(float, means, kNormThreads* N);   // [lanes * N]
  GPST_SHARED(float, slopes, kNormThreads* N);  // [lanes * N]
  const NormThread own(cut, N, extent.channels);
  const int chunk = static_cast<int>(blockIdx.x) % cut.chunks;
  const int64_t picture = static_cast<int>(blockIdx.x) / cut.chunks;
  const int pitch = cut.lanes * N;
  for (int i = static_cast<int>(threadIdx.x); i < pitch; i += kNormThreads) {
    const int channel = static_cast<int>(blockIdx.y) * pitch + i;
    if (channel >= extent.channels) break;
    const double* of_group =
        statistics + 2 * (picture * extent.groups + channel / extent.group_channels);
    means[i] = static_cast<float>(of_group[0]);
    slopes[i] = norm_scale(extent, static_cast<float>(of_group[1])) * __ldg(weight + channel);
  }
  __syncthreads();
  if (!own.active) return;

  Values<N> mean, slope, shift;
  for (int i = 0; i < N; ++i) {
    mean.at[i] = means[own.block_channel + i];
    slope.at[i] = slopes[own.block_channel + i];
    shift.at[i] = __ldg(bias + own.channel + i);
  }
  const int first = chunk * cut.chunk;
  const int own_count = pixels_of_row(cut, own.row, min(cut.chunk, extent.pixels() - first));
  const int64_t base = picture * extent.pixels() * extent.channels +
                       (first + own.row) * extent.channels + own.channel;
  const int step = cut.rows * extent.channels;
#pragma unroll 4
  for (int k = 0; k < own_count; ++k) {
    Values<N> value = load_values<N>(x + base + k * step);
    for (int i = 0; i < N; ++i) {
      value.at[i] = activate(extent, fmaf(value.at[i] - mean.at[i], slope.at[i], shift.at[i]));
    }
    store_values(y + base + k * step, value);
  }
}

}  // namespace

void check_norm_shape(const char* kernel, const NormShape& shape) {
  check_fits_int(kernel, "the values of a picture", shape.pixels() * shape.channels);
  check_fits_int(kernel, "the number of rows of the batch", shape.pictures * shape.height);
  if (shape.groups > 0 && shape.channels % shape.groups == 0 && shape.tiles > 0 &&
      shape.height % shape.tiles == 0 && shape.width % shape.tiles == 0) {
    return;
  }
  throw InputError(std::string(kernel) + ": " + std::to_string(shape.channels) + " channels and " +
                   std::to_string(shape.height) + " x " + std::to_string(shape.width) +
                   " pixels cannot be cut into " + std::to_string(shape.groups) + " groups and " +
                   std::to_string(shape.tiles) + " x " + std::to_string(shape.tiles) + " tiles");
}

template <class T>
void norm_silu(const NormShape& shape, const T* x, const float* weight, const float* bias,
               const double* statistics, T* y, Stream stream) {
  constexpr int kVector = 16 / sizeof(T);
  check_norm_shape("norm_silu", shape);
  if (shape.pictures == 0 || shape.channels == 0) return;
  if (shape.tiles > 1) {
    norm_silu_tiled(shape, x, weight, bias, statistics, y, stream);
    return;
  }
  const bool vectors = norm_in_vectors<T>(shape, x, y);
  const NormCut cut = norm_cut(shape.channels, vectors ? kVector : 1, shape.pixels(), kShare);
  const int64_t blocks = shape.pictures * cut.chunks;
  check_fits_int("norm_silu", "the number of blocks", blocks);
  launch("norm_silu", vectors ? norm_apply_kernel<kVector, T> : norm_apply_kernel<1, T>,
         dim3(static_cast<unsigned>(blocks), static_cast<unsigned>(cut.channel_blocks)),
         dim3(kNormThreads), 0, stream, x, weight, bias, statistics, y, cut, norm_extent(shape));
}

template void norm_silu(const NormShape&, const float*, const float*, const float*, const double*,
                        float*, Stream);
template void norm_silu(const NormShape&, const Bf16*, const float*, const float*, const double*,
                        Bf16*, Stream);

}  // namespace gpst::cuda
