// What a block of the renderer's forward kernel knows about its region: the tokens that touch it,
// in their order, with constants and features in shared memory.
#pragma once

#include "cuda/gaussian.cuh"
#include "cuda/simt.h"

namespace gpst::cuda {
namespace {

constexpr int kWarps = 4;
constexpr int kThreads = kWarps * kWarp;
constexpr int kTests = 4;       // tokens a lane tests before the block agrees on the survivors
constexpr int kCapacity = 128;  // survivors held in shared memory; with more, several rounds

struct SplatView {
  const float* tokens;  // [B*n*n, l, 5+c]
  TileMerge merge;
  Axis columns, rows;
  float dmax;
  int columns_of_token;   // 5+c
  int tokens_of_picture;  // n*n*l
  int channels;           // c
  int side;               // of a block's region, in pixels
  int regions_x, regions_y;
  bool vectors;  // whether whole groups of channels or pixels may be stored as vectors
};

// Coordinates of the first and last pixels of a rectangle.
struct Edges {
  float left, top, right, bottom;
};

__device__ __forceinline__ Edges edges_of(const SplatView& view, int column, int row, int width,
                                          int height) {
  return {view.columns.coordinate(column), view.rows.coordinate(row),
          view.columns.coordinate(column + width - 1), view.rows.coordinate(row + height - 1)};
}

// Survivors of a region in the order of the tokens.
template <int C>
struct Survivors {
  int* token;       // [kCapacity]
  float4* box;      // [kCapacity] x, y, limit_x, limit_y
  float4* shape;    // [kCapacity] slope, inverse_y, rho_c, unused
  float* features;  // [kCapacity, C], 0 behind the last channel
  int* counts;      // [kWarps]
  int* resume;      // [1]
};

// Tests tokens from `first` on until all are tested or the capacity is reached; returns where to go
// on. The block's threads leave together, with the list complete. Its barriers are also what lets
// prepare_survivors overwrite constants and features that a slower warp has just read.
template <int C>
__device__ __forceinline__ int find_survivors(const SplatView& view, const float* tokens, int first,
                                              const Edges& region, const Survivors<C>& found,
                                              int& count) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp,
            warp = static_cast<int>(threadIdx.x) / kWarp;
  count = 0;
  int next = first;
  while (next < view.tokens_of_picture && count < kCapacity) {
    const int base = next + warp * (kTests * kWarp) + lane;
    bool survives[kTests];
    unsigned masks[kTests];
    int of_warp = 0;
#pragma unroll
    for (int k = 0; k < kTests; ++k) {
      const int token = min(base + k * kWarp, view.tokens_of_picture - 1);
      const Geometry g =
          view.merge.on_canvas(load_geometry(tokens + token * view.columns_of_token), token);
      const Box box = g.box(view.dmax);
      survives[k] = base + k * kWarp < view.tokens_of_picture && g.has_extent() &&
                    touches(region.left, region.right, box.x, box.limit_x) &&
                    touches(region.top, region.bottom, box.y, box.limit_y);
    }
#pragma unroll
    for (int k = 0; k < kTests; ++k) {
      masks[k] = __ballot_sync(kFullMask, survives[k]);
      of_warp += __popc(masks[k]);
    }
    if (lane == 0) found.counts[warp] = of_warp;
    __syncthreads();
    int position = count, total = count;
#pragma unroll
    for (int w = 0; w < kWarps; ++w) {
      if (w < warp) position += found.counts[w];
      total += found.counts[w];
    }
#pragma unroll
    for (int k = 0; k < kTests; ++k) {
      const int own = position + __popc(masks[k] & ((1u << lane) - 1));
      if (survives[k] && own < kCapacity) found.token[own] = base + k * kWarp;
      if (survives[k] && own == kCapacity) *found.resume = base + k * kWarp;
      position += __popc(masks[k]);
    }
    __syncthreads();
    const bool overflows = total > kCapacity;
    next = overflows ? *found.resume : next + kWarps * kTests * kWarp;
    count = overflows ? kCapacity : total;
  }
  return next;
}

// Constants and features of the survivors, once a block.
template <int C>
__device__ __forceinline__ void prepare_survivors(const SplatView& view, const float* tokens,
                                                  int first_channel, const Survivors<C>& found,
                                                  int count) {
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kThreads) {
    const int token = found.token[i];
    const Geometry g =
        view.merge.on_canvas(load_geometry(tokens + token * view.columns_of_token), token);
    const Box box = g.box(view.dmax);
    const Shape shape = g.shape();
    found.box[i] = make_float4(box.x, box.y, box.limit_x, box.limit_y);
    found.shape[i] = make_float4(shape.slope, shape.inverse_y, shape.rho_c, 0.0f);
  }
  for (int i = static_cast<int>(threadIdx.x); i < count * C; i += kThreads) {
    const int channel = first_channel + i % C;
    found.features[i] = channel < view.channels
                            ? tokens[found.token[i / C] * view.columns_of_token +
                                     static_cast<int>(kGeometry) + channel]
                            : 0.0f;
  }
  __syncthreads();
}

}  // namespace
}  // namespace gpst::cuda
