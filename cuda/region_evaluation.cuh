// The sort key of one region, by a block: E^exponent * h * w + bias, E the entropy of the edge
// magnitudes of the region at 64 x 64 pixels (numerics, section 2; tokenizer/region_complexity).
//
// A warp makes 16 rows of 64 pixels, two neighbours a lane, from top to bottom with a window of
// three rows in registers; the resized picture is never written. A row is read again only where
// the one above does not need it too: enlarged regions, which most are, read each row once.
//
// Arithmetic a pixel: 3 operations for the blend of two rows (4 loads and 6 more where new rows are
// needed), 9 for the Sobel sums, 9 with one reciprocal root for the bin, one shuffle for the
// neighbours, one atomic increment in shared memory: 23, or 23*4096/32 = 2,944 instructions of
// warps a region, to which moves, addresses and tests come; 18 rows are blended for 16 that are
// counted. Where noise decides, one pixel in 1,250 lies so close to the edge of a bin that float
// cannot tell the bin: rows with such a pixel, one in 20, are made again at the end to decide it in
// double.
#pragma once

#include <cstdint>

#include "cuda/edge_bins.cuh"
#include "cuda/entropy_math.h"
#include "cuda/partition_graph.h"
#include "cuda/region_rows.cuh"
#include "cuda/simt.h"

namespace gpst::cuda {

inline constexpr int kRegionThreads = 128;

// Shared memory of the block.
struct RegionScratch {
  ResizeTap* columns;  // [64]
  ResizeTap* rows;     // [64]
  int* counts;         // [kCounters]
  double* row_sums;    // [kRegionThreads]
};
#define GPST_REGION_SCRATCH(name)                                 \
  GPST_SHARED(::gpst::cuda::ResizeTap, name##_columns, 64);       \
  GPST_SHARED(::gpst::cuda::ResizeTap, name##_rows, 64);          \
  GPST_SHARED(int, name##_counts, ::gpst::cuda::kCounters);       \
  GPST_SHARED(double, name##_sums, ::gpst::cuda::kRegionThreads); \
  const ::gpst::cuda::RegionScratch name = {name##_columns, name##_rows, name##_counts, name##_sums}

struct RegionTile {
  const float* unit;  // [height,width], (grey+1)/2
  const float* bias;  // [height,width] or null
  int width;
  float largest;        // of |unit|
  const double* terms;  // [4097]
  entropy_math::HalfPower exponent;
};

// -sum of terms in the order of numpy's pairwise summation (tokenizer/entropy): 16 running sums of
// 16 bins, joined in pairs. For the whole first warp; every lane gets the result.
__device__ __forceinline__ double entropy_of(const int* counts, const double* terms, int lane) {
  const int chain = lane & 15;
  const int* bins = counts + (chain >> 3) * 128 + (chain & 7);
  const int total = entropy_math::kPixels - counts[kDroppedBin];
  double sum = 0;
  if (total == entropy_math::kPixels) {
    sum = terms[bins[0]];
    for (int i = 1; i < 16; ++i) sum += terms[bins[8 * i]];
  } else {
    sum = entropy_math::term(bins[0], total);
    for (int i = 1; i < 16; ++i) sum += entropy_math::term(bins[8 * i], total);
  }
  for (int step = 1; step < 16; step *= 2) sum += __shfl_xor_sync(kFullMask, sum, step);
  return -sum;
}

// Sum over the region: of each row by itself, then of the rows. For the whole block; the result is
// right in thread 0.
__device__ __forceinline__ float bias_sum(const RegionTile& tile, const PartitionNode& region,
                                          double* row_sums) {
  const int thread = static_cast<int>(threadIdx.x);
  double sum = 0;
  for (int top = region.y0; top <= region.y1; top += kRegionThreads) {
    const int y = top + thread;
    if (y <= region.y1) {
      const float* row = tile.bias + static_cast<int64_t>(y) * tile.width;
      double row_sum = 0;
      for (int x = region.x0; x <= region.x1; ++x) row_sum += row[x];
      row_sums[thread] = row_sum;
    }
    __syncthreads();
    if (thread == 0) {
      for (int i = 0; i < kRegionThreads && top + i <= region.y1; ++i) sum += row_sums[i];
    }
    __syncthreads();
  }
  return static_cast<float>(sum);
}

// The key of a region; right in thread 0. For a block of kRegionThreads threads, all of them.
__device__ inline double region_key(const RegionTile& tile, const PartitionNode& region,
                                    const RegionScratch& scratch) {
  constexpr int kRowsOfWarp = kResizedSide / (kRegionThreads / kWarp);
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % kWarp;
  const int width = region.x1 - region.x0 + 1, height = region.y1 - region.y0 + 1;
  for (int i = thread; i < kCounters; i += kRegionThreads) scratch.counts[i] = 0;
  if (thread < kResizedSide) {
    scratch.columns[thread] = resize_tap(thread, width, true);
  } else {
    scratch.rows[thread - kResizedSide] = resize_tap(thread - kResizedSide, height, false);
  }
  __syncthreads();

  const float* corner = tile.unit + static_cast<int64_t>(region.y0) * tile.width + region.x0;
  const ResizeTap first = scratch.columns[2 * lane], second = scratch.columns[2 * lane + 1];
  const float most = 0.5f - kPositionError * fmaxf(tile.largest, 1);
  const int begin = thread / kWarp * kRowsOfWarp;
  HeldRows held = {-1, -1, {0, 0}, {0, 0}};
  const auto resized = [&](int y) {
    return resized_row(corner, tile.width, scratch.rows[y], first, second, held, lane);
  };
  const auto clamped = [](int y) { return y < 0 ? 0 : (y < kResizedSide ? y : kResizedSide - 1); };
  LaneRow above = resized(clamped(begin - 1));
  LaneRow row = resized(begin);
  unsigned unsure_rows = 0;
#pragma unroll 4
  for (int i = 0; i < kRowsOfWarp; ++i) {
    const LaneRow below = resized(clamped(begin + i + 1));
    const bool sure = count_sure(likely_bins(above, row, below), most, scratch.counts);
    unsure_rows |= sure ? 0 : 1u << i;
    above = row;
    row = below;
  }
  while (unsure_rows != 0) {
    const int y = begin + __ffs(static_cast<int>(unsure_rows)) - 1;
    unsure_rows &= unsure_rows - 1;
    const LaneRow before = resized(clamped(y - 1)), middle = resized(y);
    count_unsure(before, middle, resized(clamped(y + 1)), most, scratch.counts);
  }
  __syncthreads();

  const float bias = tile.bias != nullptr ? bias_sum(tile, region, scratch.row_sums) : 0;
  if (thread >= kWarp) return 0;
  const double entropy = entropy_of(scratch.counts, tile.terms, lane);
  return tile.exponent.of(entropy) * height * width + bias;
}

}  // namespace gpst::cuda
