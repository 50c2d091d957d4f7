// Application of the tile norm with several tiles.
#include "cuda/norm_silu_tiled.h"

#include <cstdint>

#include "cuda/bicubic.cuh"
#include "cuda/norm_silu_formula.cuh"
#include "cuda/norm_silu_layout.cuh"
#include "cuda/simt.h"
#include "cuda/values.cuh"

namespace gpst::cuda {
namespace {

constexpr PixelsPerThread kShare = {16, 16};
constexpr int kBlocks = 4;  // at once on a multiprocessor: leaves 64 registers a thread

// Where a block's part of a row keeps what it needs of the enlarged maps, in floats.
struct TiledShared {
  int groups;  // at most this many groups share the channels of a block
  int taps;    // nodes that reach a pixel along an axis: 4, or n where that is less
  __host__ __device__ int weights(int tiles) const { return 2 * tiles * groups; }
  __host__ __device__ int firsts(int tiles, int segment) const {
    return weights(tiles) + segment * taps;
  }
  __host__ __device__ int floats(int tiles, int segment) const {
    return firsts(tiles, segment) + segment;
  }
};

// The statistics of row y: for every tile column and group of the block the sum over tile rows.
__device__ __forceinline__ void enlarge_down(
    const double* __restrict__ statistics,  // [groups, n*n, 2]
    int y, int first_group, int groups, const NormExtent& extent,
    float2* row) {  // [n, groups of the block]
  const int n = extent.tiles;
  const BicubicTaps taps = bicubic_taps(y, n, extent.height);
  for (int i = static_cast<int>(threadIdx.x); i < n * groups; i += kNormThreads) {
    const int tile_x = i / groups, group = first_group + i % groups;
    if (group >= extent.groups) continue;
    double mean = 0, deviation = 0;
#pragma unroll
    for (int tap = 0; tap < kBicubicTaps; ++tap) {
      if (taps.first + tap >= n) break;
      const double* of_tile = statistics + 2 * ((group * n + taps.first + tap) * n + tile_x);
      mean += static_cast<double>(taps.weight[tap]) * of_tile[0];
      deviation += static_cast<double>(taps.weight[tap]) * of_tile[1];
    }
    row[i] = make_float2(static_cast<float>(mean), static_cast<float>(deviation));
  }
}

// A block is a segment of a row. Its enlarged statistics stand in shared memory, summed over tile
// rows; each pixel sums over tile columns, once for every kRun neighbouring channels, which share a
// group.
// Bytes: x once, y once; 16 n taps of statistics a group and block. Operations a value: 2 to 8 /
// kRun fused multiply-adds and 1 / kRun reciprocals more than norm_silu.cu; the bicubic weights of
// a pixel (100 operations in double) once a block.
template <int N, int kRun, class T>
__global__ void __launch_bounds__(kNormThreads, kBlocks)
    norm_apply_tiled_kernel(const T* __restrict__ x,                // [B, H, W, C]
                            const float* __restrict__ weight,       // [C]
                            const float* __restrict__ bias,         // [C]
                            const double* __restrict__ statistics,  // [B, groups, n*n, 2]
                            T* __restrict__ y,                      // [B, H, W, C]
                            NormCut cut, TiledShared places, NormExtent extent) {
  GPST_DYNAMIC_SHARED(float, shared);
  auto* row_statistics = reinterpret_cast<float2*>(shared);         // [n, places.groups]
  float* weights = shared + places.weights(extent.tiles);           // [segment, taps]
  float* firsts = shared + places.firsts(extent.tiles, cut.chunk);  // [segment] whole numbers
  const NormThread own(cut, N, extent.channels);
  const int segment = static_cast<int>(blockIdx.x) % cut.chunks;
  const int row = static_cast<int>(blockIdx.x) / cut.chunks;  // of the batch
  const int64_t picture = row / extent.height;
  const int first_group = static_cast<int>(blockIdx.y) * cut.lanes * N / extent.group_channels;
  enlarge_down(statistics + 2 * picture * extent.groups * extent.tiles * extent.tiles,
               row % extent.height, first_group, places.groups, extent, row_statistics);
  const int first = segment * cut.chunk;
  const int count = min(cut.chunk, extent.width - first);
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kNormThreads) {
    const BicubicTaps taps = bicubic_taps(first + i, extent.tiles, extent.width);
    firsts[i] = static_cast<float>(taps.first);
#pragma unroll
    for (int tap = 0; tap < kBicubicTaps; ++tap) {
      if (tap < places.taps) weights[i * places.taps + tap] = taps.weight[tap];
    }
  }
  __syncthreads();
  if (!own.active) return;

  Values<N> scale, shift;
  int group[N / kRun];  // within the block
  for (int i = 0; i < N; ++i) {
    scale.at[i] = __ldg(weight + own.channel + i);
    shift.at[i] = __ldg(bias + own.channel + i);
  }
  for (int i = 0; i < N / kRun; ++i) {
    group[i] = (own.channel + i * kRun) / extent.group_channels - first_group;
  }
  const int64_t base =
      (static_cast<int64_t>(row) * extent.width + first) * extent.channels + own.channel;
  for (int p = own.row; p < count; p += cut.rows) {
    Values<N> value = load_values<N>(x + base + p * extent.channels);
    const int nodes = static_cast<int>(firsts[p]) * places.groups;
#pragma unroll
    for (int i = 0; i < N / kRun; ++i) {
      float mean = 0, deviation = extent.eps;
      for (int tap = 0; tap < places.taps; ++tap) {
        const float share = weights[p * places.taps + tap];
        const float2 node = row_statistics[nodes + tap * places.groups + group[i]];
        mean = fmaf(share, node.x, mean);
        deviation = fmaf(share, node.y, deviation);
      }
      const float normal = 1.0f / deviation;
      for (int k = i * kRun; k < (i + 1) * kRun; ++k) {
        value.at[k] =
            activate(extent, fmaf((value.at[k] - mean) * normal, scale.at[k], shift.at[k]));
      }
    }
    store_values(y + base + p * extent.channels, value);
  }
}

template <int N, class T>
void launch_tiled(const NormShape& shape, const T* x, const float* weight, const float* bias,
                  const double* statistics, T* y, Stream stream) {
  const NormCut cut = norm_cut(shape.channels, N, shape.width, kShare);
  const int64_t block_channels = std::min<int64_t>(int64_t{cut.lanes} * N, shape.channels);
  const TiledShared places = {
      static_cast<int>(std::min(shape.groups, div_up(block_channels, shape.group_channels()) + 1)),
      static_cast<int>(std::min<int64_t>(shape.tiles, kBicubicTaps))};
  const int64_t blocks = shape.pictures * shape.height * cut.chunks;
  check_fits_int("norm_silu", "the number of blocks", blocks);
  const size_t shared =
      static_cast<size_t>(places.floats(static_cast<int>(shape.tiles), cut.chunk)) * sizeof(float);
  const bool runs = N >= 4 && shape.group_channels() % 4 == 0;
  launch("norm_silu_tiled", runs ? norm_apply_tiled_kernel < N, N >= 4 ? 4 : 1,
         T > : norm_apply_tiled_kernel<N, 1, T>,
         dim3(static_cast<unsigned>(blocks), static_cast<unsigned>(cut.channel_blocks)),
         dim3(kNormThreads), shared, stream, x, weight, bias, statistics, y, cut, places,
         norm_extent(shape));
}

}  // namespace

template <class T>
void norm_silu_tiled(const NormShape& shape, const T* x, const float* weight, const float* bias,
                     const double* statistics, T* y, Stream stream) {
  constexpr int kVector = 16 / sizeof(T);
  if (norm_in_vectors<T>(shape, x, y)) {
    launch_tiled<kVector>(shape, x, weight, bias, statistics, y, stream);
  } else {
    launch_tiled<1>(shape, x, weight, bias, statistics, y, stream);
  }
}

template void norm_silu_tiled(const NormShape&, const float*, const float*, const float*,
                              const double*, float*, Stream);
template void norm_silu_tiled(const NormShape&, const Bf16*, const float*, const float*,
                              const double*, Bf16*, Stream);

}  // namespace gpst::cuda
