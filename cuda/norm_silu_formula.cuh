// The element formulas of the norms on the device, forward and derivative side by side.
#pragma once

#include "cuda/norm_silu_layout.cuh"
#include "cuda/simt.h"

namespace gpst::cuda {

// What (x - mean) is multiplied with.
__device__ __forceinline__ float norm_scale(const NormExtent& extent, float deviation) {
  if (extent.tile_norm) return 1.0f / (deviation + extent.eps);
  return 1.0f / sqrtf(fmaf(deviation, deviation, extent.eps));
}

// d scale / d deviation, divided by the scale.
__device__ __forceinline__ double norm_scale_gradient(const NormExtent& extent, double deviation,
                                                      double scale) {
  if (extent.tile_norm) return -scale;
  return -deviation * scale * scale;
}

__device__ __forceinline__ float sigmoid(float z) { return fast_reciprocal(1.0f + fast_exp(-z)); }

__device__ __forceinline__ float activate(const NormExtent& extent, float z) {
  return extent.silu ? z * sigmoid(z) : z;
}

// d activate(z) / dz times grad.
__device__ __forceinline__ float activate_gradient(const NormExtent& extent, float z, float grad) {
  if (!extent.silu) return grad;
  const float s = sigmoid(z);
  return grad * s * fmaf(z, 1.0f - s, 1.0f);
}

// How a tile's statistics pass their gradient to its elements:
// grad_x += constant + slope (x - mean). A deviation of 0 passes nothing on.
struct StatisticsGradient {
  float constant, slope;
};

__device__ __forceinline__ StatisticsGradient spread(double d_mean, double d_deviation,
                                                     double deviation, double count) {
  const double slope = deviation == 0 ? 0 : d_deviation / (count * deviation);
  return {static_cast<float>(d_mean / count), static_cast<float>(slope)};
}

__device__ __forceinline__ double sum_of_warp(double value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(kFullMask, value, distance);
  }
  return value;
}

}  // namespace gpst::cuda
