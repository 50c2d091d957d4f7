// What the backward files of the norms share.
#pragma once

#include <cstdint>

#include "cuda/norm_silu.h"
#include "cuda/norm_silu_formula.cuh"
#include "cuda/norm_silu_layout.cuh"
#include "cuda/simt.h"

namespace gpst::cuda {

struct NormInputs {
  const float* grad;         // [B, H, W, C] of y
  const float* x;            // [B, H, W, C]
  const float* weight;       // [C]
  const float* bias;         // [C]
  const double* statistics;  // [B, groups, n*n, 2]
};

// A warp's sums of one channel over the parts of a picture, joined in double, the same in all
// lanes.
struct ChannelSums {
  double bias = 0, weight = 0;
};

// Lane 0 also stores them for sum_samples.
__device__ __forceinline__ ChannelSums
join_channel(const float2* __restrict__ sums,  // [B, parts, C] of bias, of weight
             float2* __restrict__ per_sample,  // [B, C]
             int64_t picture, int channel, int parts, const NormExtent& extent) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  ChannelSums joined;
  for (int part = lane; part < parts; part += kWarp) {
    const float2 sum = sums[(picture * parts + part) * extent.channels + channel];
    joined.bias += sum.x;
    joined.weight += sum.y;
  }
  joined = {sum_of_warp(joined.bias), sum_of_warp(joined.weight)};
  if (lane == 0) {
    per_sample[picture * extent.channels + channel] =
        make_float2(static_cast<float>(joined.bias), static_cast<float>(joined.weight));
  }
  return joined;
}

// Adds the gradients of bias and weight over the pictures, in their order and in double.
void sum_samples(const NormShape& shape,
                 const float2* per_sample,  // [B, C] of bias, of weight
                 const NormGradients& gradients, Stream stream);

int64_t norm_tiled_backward_scratch(const NormShape& shape);

void norm_silu_tiled_backward(const NormShape& shape, const NormInputs& in, float* scratch,
                              const NormGradients& gradients, Stream stream);

}  // namespace gpst::cuda
