// Group norm with activation of a channels-last map in plain C++ (no LibTorch): all groups of one
// sample, one statistic a group. See ops/group_norm_silu.h for the formulas. T is float or the bits
// of bfloat16 (uint16_t); computes in float.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ops/cpu/norm_kernel.h"

namespace gpst::cpu {

struct PixelNormShape {
  int64_t pixels = 0;
  int64_t channels = 0;
  int64_t groups = 1;  // divides channels
  double eps = 0;
  NormKind kind = NormKind::group;
  Activation activation = Activation::none;
};

// Bytes of workspace, aligned as malloc aligns, for pixel_norm.
template <SimdLevel level>
size_t pixel_norm_workspace_bytes(const PixelNormShape& shape);

// x [pixels,channels], weight [channels], bias [channels] -> y as x and statistics [groups]
template <SimdLevel level, class T>
void pixel_norm(const PixelNormShape& shape, const T* x, const float* weight, const float* bias,
                std::byte* workspace, NormStatistics* statistics, T* y);

}  // namespace gpst::cpu
