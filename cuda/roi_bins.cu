#include "cuda/roi_bins.h"

#include "cuda/check_sizes.h"
#include "cuda/roi_gather.cuh"
#include "cuda/roi_plan.cuh"
#include "cuda/simt.h"
#include "cuda/values.cuh"

namespace gpst::cuda {
namespace {

// A block is one box and 8 N channels: first all bins into shared memory, then 8 lanes a mixture.
// Bytes a box and channel: those of T for each pixel of the box (once from memory; neighbouring
// bins share pixels, which the second reader finds in L1) and n of T written; mix and plan stay in
// L1. Operations: 1 fused multiply-add a pixel and bin that it lies in, then n r r.
template <int N, class T>
__global__ void __launch_bounds__(kRoiThreads)
    roi_bins_kernel(const T* __restrict__ map,         // [B, H, W, C]
                    const int32_t* __restrict__ plan,  // [B*l, words]
                    const float* __restrict__ mix,     // [n, r*r]
                    T* __restrict__ out,               // [n, B*l, C]
                    int mixtures, RoiExtent extent) {
  constexpr int kChannels = N * kRoiLanes;
  GPST_DYNAMIC_SHARED(float, bins);  // [r*r, kChannels]
  const int roi = static_cast<int>(blockIdx.x);
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % kRoiLanes;
  const int channel = static_cast<int>(blockIdx.y) * kChannels + lane * N;
  const int cells = extent.bins * extent.bins;
  gather_bins<N>(map, plan, channel, extent, [&](int cell, const Values<N>& mean) {
    store_values(bins + cell * kChannels + lane * N, mean);
  });
  __syncthreads();
  if (channel >= extent.channels) return;
  const int64_t rois = gridDim.x;
  for (int m = thread / kRoiLanes; m < mixtures; m += kRoiThreads / kRoiLanes) {
    Values<N> sum = {};
#pragma unroll 4
    for (int cell = 0; cell < cells; ++cell) {
      const float weight = __ldg(mix + m * cells + cell);
      const Values<N> bin =
          load_values<N>(static_cast<const float*>(bins) + cell * kChannels + lane * N);
      for (int i = 0; i < N; ++i) sum.at[i] = fmaf(weight, bin.at[i], sum.at[i]);
    }
    store_values(out + (m * rois + roi) * extent.channels + channel, sum);
  }
}

}  // namespace

template <class T>
void roi_bins(const RoiShape& shape, int64_t mixtures, const T* map, const int32_t* plan,
              const float* mix, T* out, Stream stream) {
  constexpr int kVector = 16 / sizeof(T);
  check_roi_shape("roi_bins", shape);
  check_fits_int("roi_bins", "the number of mixing weights", mixtures * shape.cells());
  if (shape.rois() == 0 || shape.channels == 0 || mixtures == 0) return;
  const bool vectors =
      shape.channels % kVector == 0 && is_aligned<kVector>(map) && is_aligned<kVector>(out);
  const int64_t channels = kRoiLanes * (vectors ? kVector : 1);  // of a block
  const dim3 grid(static_cast<unsigned>(shape.rois()),
                  static_cast<unsigned>(div_up(shape.channels, channels)));
  const size_t shared = static_cast<size_t>(shape.cells() * channels) * sizeof(float);
  launch("roi_bins", vectors ? roi_bins_kernel<kVector, T> : roi_bins_kernel<1, T>, grid,
         dim3(kRoiThreads), shared, stream, map, plan, mix, out, static_cast<int>(mixtures),
         roi_extent(shape));
}

template void roi_bins(const RoiShape&, int64_t, const float*, const int32_t*, const float*, float*,
                       Stream);
template void roi_bins(const RoiShape&, int64_t, const Bf16*, const int32_t*, const float*, Bf16*,
                       Stream);

}  // namespace gpst::cuda
