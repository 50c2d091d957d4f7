#include "cuda/roi_align.h"

#include "cuda/check_sizes.h"
#include "cuda/roi_gather.cuh"
#include "cuda/roi_plan.cuh"
#include "cuda/simt.h"
#include "cuda/values.cuh"

namespace gpst::cuda {
namespace {

constexpr int kWarpsPerBlock = 8;  // of the backward kernel
constexpr int kStrip = 4;          // pixels of a row that a warp of it computes

// A block is one box and 8 N channels. The bins pass through shared memory, [bin][channel] with one
// word of padding, so that they are read along the map's channels and written along the bins.
// Bytes a box and channel: 4 for each pixel of the box (neighbouring bins share pixels, which the
// second reader finds in L1) and 4 r r written. Operations: 1 fused multiply-add a pixel and bin
// that it lies in, one more a row of a bin.
template <int N>
__global__ void __launch_bounds__(kRoiThreads)
    roi_align_kernel(const float* __restrict__ map,     // [B, H, W, C]
                     const int32_t* __restrict__ plan,  // [B*l, words]
                     float* __restrict__ out,           // [B*l, C, r, r]
                     RoiExtent extent) {
  constexpr int kChannels = N * kRoiLanes;
  constexpr int kPitch = kChannels + 1;
  GPST_DYNAMIC_SHARED(float, staged);  // [r*r, kPitch]
  const int roi = static_cast<int>(blockIdx.x);
  const int first_channel = static_cast<int>(blockIdx.y) * kChannels;
  const int thread = static_cast<int>(threadIdx.x);
  const int channel = first_channel + thread % kRoiLanes * N;
  const int cells = extent.bins * extent.bins;
  gather_bins<N>(map, plan, channel, extent, [&](int cell, const Values<N>& mean) {
    for (int i = 0; i < N; ++i) {
      staged[cell * kPitch + channel - first_channel + i] = mean.at[i];
    }
  });
  __syncthreads();
  const int channels = min(kChannels, extent.channels - first_channel);
  float* target = out + (static_cast<int64_t>(roi) * extent.channels + first_channel) * cells;
  for (int i = thread; i < channels * cells; i += kRoiThreads) {
    target[i] = staged[i % cells * kPitch + i / cells];
  }
}

// Adds one box to the strip's sums. A lane is one bin of one axis (x in the lower half); a ballot
// tells all lanes which bins hold a pixel, then each of those is one read of N channels a lane.
template <int N>
__device__ __forceinline__ void add_box(const float* __restrict__ grad,    // [r, r, C] + channel
                                        const int32_t* __restrict__ plan,  // [words]
                                        int x, int y, bool has_channel, const RoiExtent& extent,
                                        Values<N> (&sum)[kStrip]) {
  constexpr int kHalf = kWarp / 2;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int axis = lane / kHalf, bin = lane % kHalf;
  int first = 0, count = 0;
  if (bin < extent.bins) {
    first = __ldg(plan + extent.layout.bin(axis, bin));
    count = __ldg(plan + extent.layout.bin(axis, bin) + 1);
  }
#pragma unroll
  for (int p = 0; p < kStrip; ++p) {
    const int pixel = axis == 0 ? x + p : y;
    const bool holds = pixel >= first && pixel < first + count;
    const float weight =
        holds ? __int_as_float(__ldg(plan + extent.layout.weight(axis, bin) + pixel)) : 0.0f;
    const unsigned holding = __ballot_sync(kFullMask, holds);
    for (unsigned rows = holding >> kHalf; rows != 0; rows &= rows - 1) {
      const int bin_y = __ffs(static_cast<int>(rows)) - 1;
      const float weight_y = __shfl_sync(kFullMask, weight, kHalf + bin_y);
      for (unsigned columns = holding & 0xFFFFu; columns != 0; columns &= columns - 1) {
        const int bin_x = __ffs(static_cast<int>(columns)) - 1;
        const float both = weight_y * __shfl_sync(kFullMask, weight, bin_x);
        if (!has_channel) continue;
        const Values<N> g = load_values<N>(grad + (bin_y * extent.bins + bin_x) * extent.channels);
        for (int i = 0; i < N; ++i) sum[p].at[i] = fmaf(both, g.at[i], sum[p].at[i]);
      }
    }
  }
}

// The transposed sum as a gather: a warp computes 4 pixels of a row, its lanes N channels each,
// over the boxes of the picture in their order. Boxes are tested 32 at a time by their bounds.
// Nothing is added twice by two warps, so no atomics are needed. Bytes a pixel and channel: 4
// written; 4 read a bin that holds the pixel, from L1 mostly, since a bin's pixels follow each
// other. Operations: one fused multiply-add a bin, and per pixel about 15 a box that holds it and 2
// a box of the picture, whatever the number of channels up to 32 N.
template <int N>
__global__ void __launch_bounds__(kWarpsPerBlock* kWarp, 4)
    roi_align_backward_kernel(const float* __restrict__ grad,    // [B*l, r, r, C]
                              const int32_t* __restrict__ plan,  // [B*l, words]
                              float* __restrict__ grad_map,      // [B, H, W, C]
                              int strips, RoiExtent extent) {
  const int strip =
      static_cast<int>(blockIdx.x) * kWarpsPerBlock + static_cast<int>(threadIdx.x) / kWarp;
  if (strip >= strips) return;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int channel = (static_cast<int>(blockIdx.y) * kWarp + lane) * N;
  const bool has_channel = channel < extent.channels;
  const int strips_per_row = div_up(extent.width, kStrip);
  const int x = strip % strips_per_row * kStrip;
  const int row = strip / strips_per_row;  // of the batch
  const int picture = row / extent.height, y = row % extent.height;
  const int64_t first_box = static_cast<int64_t>(picture) * extent.boxes;

  Values<N> sum[kStrip] = {};
  for (int base = 0; base < extent.boxes; base += kWarp) {
    bool touches = false;
    if (base + lane < extent.boxes) {
      const int4 bounds =
          *reinterpret_cast<const int4*>(plan + (first_box + base + lane) * extent.layout.words);
      touches = x + kStrip > bounds.x && x < bounds.y && y >= bounds.z && y < bounds.w;
    }
    for (unsigned left = __ballot_sync(kFullMask, touches); left != 0; left &= left - 1) {
      const int64_t box = first_box + base + __ffs(static_cast<int>(left)) - 1;
      const float* of_box = grad + box * extent.bins * extent.bins * extent.channels + channel;
      add_box<N>(of_box, plan + box * extent.layout.words, x, y, has_channel, extent, sum);
    }
  }
  if (!has_channel) return;
  float* target =
      grad_map + (static_cast<int64_t>(row) * extent.width + x) * extent.channels + channel;
#pragma unroll
  for (int p = 0; p < kStrip; ++p) {
    if (x + p < extent.width) store_values(target + p * extent.channels, sum[p]);
  }
}

}  // namespace

void roi_align(const RoiShape& shape, const float* map, const int32_t* plan, float* out,
               Stream stream) {
  check_roi_shape("roi_align", shape);
  if (shape.rois() == 0 || shape.channels == 0) return;
  const bool vectors = shape.channels % 4 == 0 && is_aligned<4>(map);
  const int64_t channels = kRoiLanes * (vectors ? 4 : 1);  // of a block
  const dim3 grid(static_cast<unsigned>(shape.rois()),
                  static_cast<unsigned>(div_up(shape.channels, channels)));
  const size_t shared = static_cast<size_t>(shape.cells() * (channels + 1)) * sizeof(float);
  launch("roi_align", vectors ? roi_align_kernel<4> : roi_align_kernel<1>, grid, dim3(kRoiThreads),
         shared, stream, map, plan, out, roi_extent(shape));
}

void roi_align_backward(const RoiShape& shape, const float* grad, const int32_t* plan,
                        float* grad_map, Stream stream) {
  check_roi_shape("roi_align_backward", shape);
  const int64_t strips = shape.pictures * shape.height * div_up(shape.width, int64_t{kStrip});
  if (strips == 0 || shape.channels == 0) return;
  const bool vectors = shape.channels % 4 == 0 && is_aligned<4>(grad) && is_aligned<4>(grad_map);
  const int64_t channels = kWarp * (vectors ? 4 : 1);  // of a warp
  const dim3 grid(static_cast<unsigned>(div_up(strips, int64_t{kWarpsPerBlock})),
                  static_cast<unsigned>(div_up(shape.channels, channels)));
  launch("roi_align_backward",
         vectors ? roi_align_backward_kernel<4> : roi_align_backward_kernel<1>, grid,
         dim3(kWarpsPerBlock * kWarp), 0, stream, grad, plan, grad_map, static_cast<int>(strips),
         roi_extent(shape));
}

}  // namespace gpst::cuda
