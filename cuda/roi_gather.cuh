// The bins of one box for a few channels, gathered from a channels-last map: what RoIAlign and the
// mixing of its bins have in common.
#pragma once

#include <cstdint>

#include "cuda/roi_plan.cuh"
#include "cuda/simt.h"
#include "cuda/values.cuh"

namespace gpst::cuda {

// Channels of a block: 8 neighbouring lanes read N each (16 bytes, or one where they do not fit),
// so that a pixel's read is 128 bytes long. The block's 64 groups of lanes take a bin each.
inline constexpr int kRoiThreads = 512;
inline constexpr int kRoiLanes = 8;

// The sizes that the kernels index with; per picture they fit an int (check_roi_shape).
struct RoiExtent {
  int boxes, channels, height, width, bins;
  RoiLayout layout;
};

inline RoiExtent roi_extent(const RoiShape& shape) {
  return {static_cast<int>(shape.boxes),  static_cast<int>(shape.channels),
          static_cast<int>(shape.height), static_cast<int>(shape.width),
          static_cast<int>(shape.bins),   roi_layout(shape)};
}

// Sum over the bin's pixels of weight_y * weight_x * map, rows first as the CPU does. Every pixel
// of the bin is added whatever its weight, so a NaN in it shows.
template <int N, class T>
__device__ __forceinline__ Values<N> gather_bin(const T* __restrict__ map,  // [H, W, C] + channel
                                                const int32_t* __restrict__ plan,  // [words]
                                                int cell, const RoiExtent& extent) {
  const int bin_y = cell / extent.bins, bin_x = cell % extent.bins;
  const int32_t* at_x = plan + extent.layout.bin(0, bin_x);
  const int32_t* at_y = plan + extent.layout.bin(1, bin_y);
  const int first_x = __ldg(at_x), count_x = __ldg(at_x + 1);
  const int first_y = __ldg(at_y), count_y = __ldg(at_y + 1);
  Values<N> sum = {};
  if (count_x < 0) {
    for (int i = 0; i < N; ++i) sum.at[i] = __uint_as_float(0x7FC00000u);
    return sum;
  }
  const int32_t* weights_x = plan + extent.layout.weight(0, bin_x) + first_x;
  const int32_t* weights_y = plan + extent.layout.weight(1, bin_y) + first_y;
  for (int ky = 0; ky < count_y; ++ky) {
    const T* row = map + ((first_y + ky) * extent.width + first_x) * extent.channels;
    Values<N> along = {};
#pragma unroll 4
    for (int kx = 0; kx < count_x; ++kx) {
      const float weight = __int_as_float(__ldg(weights_x + kx));
      const Values<N> pixel = load_values<N>(row + kx * extent.channels);
      for (int i = 0; i < N; ++i) along.at[i] = fmaf(weight, pixel.at[i], along.at[i]);
    }
    const float weight = __int_as_float(__ldg(weights_y + ky));
    for (int i = 0; i < N; ++i) sum.at[i] = fmaf(weight, along.at[i], sum.at[i]);
  }
  return sum;
}

// The bins of the block's box that this thread has, for N channels from `channel` on: each goes to
// store(cell, values).
template <int N, class T, class Store>
__device__ __forceinline__ void gather_bins(const T* __restrict__ map,         // [B, H, W, C]
                                            const int32_t* __restrict__ plan,  // [B*l, words]
                                            int channel, const RoiExtent& extent,
                                            const Store& store) {
  if (channel >= extent.channels) return;
  const int roi = static_cast<int>(blockIdx.x);
  const T* source =
      map +
      static_cast<int64_t>(roi / extent.boxes) * extent.height * extent.width * extent.channels +
      channel;
  const int32_t* own_plan = plan + static_cast<int64_t>(roi) * extent.layout.words;
  const int cells = extent.bins * extent.bins;
  for (int cell = static_cast<int>(threadIdx.x) / kRoiLanes; cell < cells;
       cell += kRoiThreads / kRoiLanes) {
    store(cell, gather_bin<N>(source, own_plan, cell, extent));
  }
}

}  // namespace gpst::cuda
