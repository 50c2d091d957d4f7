// Bins of Sobel magnitudes, those of tokenizer/edge_histogram: from float where float can tell the
// bin, else in double.
#pragma once

#include "cuda/entropy_math.h"
#include "cuda/region_rows.cuh"
#include "cuda/simt.h"

namespace gpst::cuda {

inline constexpr int kDroppedBin = entropy_math::kBins;  // counts magnitudes above the range
inline constexpr int kUnsureBin = kDroppedBin + 1;       // takes pixels that are counted later
inline constexpr int kCounters = kUnsureBin + 1;

struct Neighbours {
  float x, y, z;  // pixels x-1, x, x+1 of a row
};

// The bin of a magnitude next to this edge between two bins, in the double arithmetic of
// tokenizer/edge_histogram.
__device__ inline int bin_beside(int edge, const Neighbours& above, const Neighbours& row,
                                 const Neighbours& below) {
  constexpr double kBinWidth = 11.0 / 512;
  const auto column = [](double a, double r, double b) { return a + 2 * r + b; };
  const double sx = column(above.z, row.z, below.z) - column(above.x, row.x, below.x);
  const double left = static_cast<double>(below.x) - static_cast<double>(above.x);
  const double middle = static_cast<double>(below.y) - static_cast<double>(above.y);
  const double right = static_cast<double>(below.z) - static_cast<double>(above.z);
  const double sy = left + 2 * middle + right;
  const double magnitude = sqrt(sx * sx + sy * sy), limit = edge * kBinWidth;
  // The last bin holds its upper edge.
  const bool reached = edge == kDroppedBin ? magnitude > limit : magnitude >= limit;
  return reached ? edge : edge - 1;
}

// Within 2 units in the last place. Not for denormal numbers: those take rsqrtf four instructions.
__device__ __forceinline__ float reciprocal_root(float x) {
#ifdef __CUDA_ARCH__
  float root;
  asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(root) : "f"(x));
  return root;
#else
  return rsqrtf(x);
#endif
}

// A bin and how far from its middle the magnitude is, -0.5 to 0.5, as float sees it.
struct LikelyBin {
  int bin;
  float from_middle;

  __device__ bool is_sure(float most) const { return fabsf(from_middle) < most; }
  __device__ int nearest_edge() const { return from_middle > 0 ? bin + 1 : bin; }
};

// How far, in bins, float may be from the truth. For pixels up to 1: 22 roundings of 2^-24 in
// either derivative (31 in their length), then 8 relative ones of a length of at most 5.5
// (reciprocal root of 2 units in the last place): 75 * 2^-24 = 4.5e-6, 2.1e-4 bins.
inline constexpr float kPositionError = 4e-4f;

__device__ __forceinline__ LikelyBin likely_bin(float sx, float sy) {
  constexpr float kBinsPerUnit = 512.0f / 11;
  constexpr float kMagic = 12582912;  // 1.5 * 2^23: adding it rounds to an integer in the low bits
  // The floor is a position of 0.01, surely in bin 0: flat regions are not near an edge.
  const float square = fmaxf(fmaf(sx, sx, sy * sy) * (kBinsPerUnit * kBinsPerUnit), 1e-4f);
  const float below_half = fminf(fmaf(square, reciprocal_root(square), -0.5f), kDroppedBin);
  const float rounded = below_half + kMagic;
  return {static_cast<int>(__float_as_uint(rounded) & 511u), below_half - (rounded - kMagic)};
}

// The bins of a lane's two pixels in the middle one of three rows.
struct LaneBins {
  LikelyBin first, second;
};
__device__ __forceinline__ LaneBins likely_bins(const LaneRow& above, const LaneRow& row,
                                                const LaneRow& below) {
  const auto bin_of = [](float da, float dr, float db, float sa, float sb) {
    return likely_bin(fmaf(2, dr, da) + db, sb - sa);
  };
  return {bin_of(above.difference.x, row.difference.x, below.difference.x, above.smooth.x,
                 below.smooth.x),
          bin_of(above.difference.y, row.difference.y, below.difference.y, above.smooth.y,
                 below.smooth.y)};
}

// Counts the pixels whose bin float is sure of; whether these are all of the warp's. `most` is half
// a bin less the error.
__device__ __forceinline__ bool count_sure(const LaneBins& bins, float most, int* counts) {
  const bool first = bins.first.is_sure(most), second = bins.second.is_sure(most);
  atomicAdd(counts + (first ? bins.first.bin : kUnsureBin), 1);
  atomicAdd(counts + (second ? bins.second.bin : kUnsureBin), 1);
  return __all_sync(kFullMask, first && second) != 0;
}

// Counts the others.
__device__ __forceinline__ void count_unsure(const LaneRow& above, const LaneRow& row,
                                             const LaneRow& below, float most, int* counts) {
  const LaneBins bins = likely_bins(above, row, below);
  if (!bins.first.is_sure(most)) {
    const auto at = [](const LaneRow& r) { return Neighbours{r.outer.x, r.pixel.x, r.pixel.y}; };
    atomicAdd(counts + bin_beside(bins.first.nearest_edge(), at(above), at(row), at(below)), 1);
  }
  if (!bins.second.is_sure(most)) {
    const auto at = [](const LaneRow& r) { return Neighbours{r.pixel.x, r.pixel.y, r.outer.y}; };
    atomicAdd(counts + bin_beside(bins.second.nearest_edge(), at(above), at(row), at(below)), 1);
  }
}

}  // namespace gpst::cuda
