// How the norm kernels share a map among threads: neighbouring lanes read neighbouring channels, N
// each; a block has as many rows of lanes as fit and gives each row every rows-th pixel of a chunk.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cuda/check_sizes.h"
#include "cuda/norm_silu.h"
#include "cuda/simt.h"
#include "cuda/values.cuh"

namespace gpst::cuda {

inline constexpr int kNormThreads = 256;

// Sizes that the kernels index with; those of one picture fit an int (check_norm_shape).
struct NormExtent {
  int channels, groups, group_channels;
  int height, width, tiles;
  int tile_height, tile_width;
  float eps;
  bool tile_norm, silu;

  __device__ __forceinline__ int pixels() const { return height * width; }
  __device__ __forceinline__ int tile_pixels() const { return tile_height * tile_width; }
  // Place in the picture of pixel i of a tile.
  __device__ __forceinline__ int pixel(int tile, int i) const {
    if (tiles == 1) return i;
    return (tile / tiles * tile_height + i / tile_width) * width + tile % tiles * tile_width +
           i % tile_width;
  }
};

inline NormExtent norm_extent(const NormShape& shape) {
  const auto as_int = [](int64_t size) { return static_cast<int>(size); };
  return {as_int(shape.channels),
          as_int(shape.groups),
          as_int(shape.group_channels()),
          as_int(shape.height),
          as_int(shape.width),
          as_int(shape.tiles),
          as_int(shape.height / shape.tiles),
          as_int(shape.width / shape.tiles),
          static_cast<float>(shape.eps),
          shape.kind == NormKind::tile,
          shape.activation == Activation::silu};
}

// `pixels` are cut into chunks, the channels into blocks of lanes.
struct NormCut {
  int lanes, rows;     // lanes * rows <= kNormThreads
  int channel_blocks;  // of lanes * N channels
  int chunk, chunks;   // pixels of a chunk; their number
};

// Pixels of a thread: few keep the device busy with one picture, many share a block's preparations.
struct PixelsPerThread {
  int64_t least, most;
};

// About kChunks chunks, as far as `share` allows.
inline NormCut norm_cut(int64_t channels, int64_t values_per_lane, int64_t pixels,
                        const PixelsPerThread& share) {
  constexpr int64_t kChunks = 128;
  const int64_t vectors = channels / values_per_lane;
  const int64_t lanes = std::min<int64_t>(vectors, kNormThreads);
  const int64_t rows = kNormThreads / lanes;
  const int64_t per_thread = std::clamp(div_up(pixels, rows * kChunks), share.least, share.most);
  const int64_t chunk = rows * per_thread;
  return {static_cast<int>(lanes), static_cast<int>(rows), static_cast<int>(div_up(vectors, lanes)),
          static_cast<int>(chunk), static_cast<int>(div_up(pixels, chunk))};
}

// Of one thread of a block.
struct NormThread {
  int row;
  int channel;        // the first of its N
  int block_channel;  // the same within the block
  bool active;

  __device__ __forceinline__ NormThread(const NormCut& cut, int values_per_lane, int channels)
      : row(static_cast<int>(threadIdx.x) / cut.lanes) {
    const int lane = static_cast<int>(threadIdx.x) % cut.lanes;
    block_channel = lane * values_per_lane;
    channel = static_cast<int>(blockIdx.y) * cut.lanes * values_per_lane + block_channel;
    active = row < cut.rows && channel < channels;
  }
};

// Pixels that row `row` of a block takes of `count`.
__device__ __forceinline__ int pixels_of_row(const NormCut& cut, int row, int count) {
  return count > row ? (count - row - 1) / cut.rows + 1 : 0;
}

// Values a lane reads at once: 16 bytes where all pointers and the channels allow it, else one.
template <class T, class... Pointers>
bool norm_in_vectors(const NormShape& shape, Pointers... pointers) {
  constexpr int kVector = 16 / sizeof(T);
  return shape.channels % kVector == 0 && (is_aligned<kVector>(pointers) && ...);
}

void check_norm_shape(const char* kernel, const NormShape& shape);

}  // namespace gpst::cuda
