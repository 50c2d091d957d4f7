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
// cannot tell the bin; its warp repeats that row in double.
#pragma once

#include <cstdint>

#include "cuda/entropy_math.h"
#include "cuda/partition_graph.h"
#include "cuda/simt.h"

namespace gpst::cuda {

inline constexpr int kRegionThreads = 128;
inline constexpr int kResizedSide = 64;
inline constexpr int kDroppedBin = entropy_math::kBins;  // counts magnitudes above the range
inline constexpr int kCounters = entropy_math::kBins + 1;

// Output i of an axis is keep * input[lower] + take * input[upper].
struct ResizeTap {
  int lower, upper;
  float keep, take;
};

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

// tokenizer/resize64: past the border columns drop the fraction, rows keep it.
__device__ __forceinline__ ResizeTap resize_tap(int i, int length, bool is_column) {
  const double scale = 1.0 / (static_cast<double>(kResizedSide) / length);
  float fraction = static_cast<float>((i + 0.5) * scale - 0.5);
  int index = static_cast<int>(floorf(fraction));
  fraction -= static_cast<float>(index);
  if (is_column && (index < 0 || index >= length - 1)) {
    index = index < 0 ? 0 : length - 1;
    fraction = 0;
  }
  const int last = length - 1;
  const int upper = index + 1;
  return {index < 0 ? 0 : (index > last ? last : index), upper > last ? last : upper, 1 - fraction,
          fraction};
}

// The two pixels of a lane in one row, and the horizontal parts of the two Sobel kernels there:
// [-1 0 1] and [1 2 1].
struct LaneRow {
  float2 pixel, difference, smooth;
};

// The source rows last used, already resized along x.
struct HeldRows {
  int lower_index, upper_index;
  float2 lower, upper;
};

__device__ __forceinline__ float2 blend_columns(const float* row, const ResizeTap& first,
                                                const ResizeTap& second) {
  return make_float2(row[first.lower] * first.keep + row[first.upper] * first.take,
                     row[second.lower] * second.keep + row[second.upper] * second.take);
}

// The pixels left and right of a lane's two; the border is replicated.
__device__ __forceinline__ float2 outer_pixels(float2 pixel, int lane) {
  const float left = __shfl_up_sync(kFullMask, pixel.y, 1);
  const float right = __shfl_down_sync(kFullMask, pixel.x, 1);
  return make_float2(lane == 0 ? pixel.x : left, lane == kWarp - 1 ? pixel.y : right);
}

__device__ __forceinline__ LaneRow resized_row(const float* corner, int stride,
                                               const ResizeTap& tap, const ResizeTap& first,
                                               const ResizeTap& second, HeldRows& held, int lane) {
  if (tap.lower != held.lower_index) {
    held.lower =
        tap.lower == held.upper_index
            ? held.upper
            : blend_columns(corner + static_cast<int64_t>(tap.lower) * stride, first, second);
    held.lower_index = tap.lower;
  }
  if (tap.upper != held.upper_index) {
    held.upper =
        tap.upper == tap.lower
            ? held.lower
            : blend_columns(corner + static_cast<int64_t>(tap.upper) * stride, first, second);
    held.upper_index = tap.upper;
  }
  LaneRow row;
  row.pixel = make_float2(held.lower.x * tap.keep + held.upper.x * tap.take,
                          held.lower.y * tap.keep + held.upper.y * tap.take);
  const float2 outer = outer_pixels(row.pixel, lane);
  row.difference = make_float2(row.pixel.y - outer.x, outer.y - row.pixel.x);
  row.smooth = make_float2(fmaf(2, row.pixel.x, outer.x) + row.pixel.y,
                           fmaf(2, row.pixel.y, row.pixel.x) + outer.y);
  return row;
}

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

// `most` is half a bin less the error.
__device__ __forceinline__ void count_bins(const LaneRow& above, const LaneRow& row,
                                           const LaneRow& below, float most, int lane,
                                           int* counts) {
  const auto bin_of = [](float da, float dr, float db, float sa, float sb) {
    return likely_bin(fmaf(2, dr, da) + db, sb - sa);
  };
  LikelyBin first = bin_of(above.difference.x, row.difference.x, below.difference.x, above.smooth.x,
                           below.smooth.x);
  LikelyBin second = bin_of(above.difference.y, row.difference.y, below.difference.y,
                            above.smooth.y, below.smooth.y);
  const bool sure = first.is_sure(most) && second.is_sure(most);
  if (__any_sync(kFullMask, !sure)) {
    const float2 a = outer_pixels(above.pixel, lane);
    const float2 r = outer_pixels(row.pixel, lane);
    const float2 b = outer_pixels(below.pixel, lane);
    if (!first.is_sure(most)) {
      first.bin = bin_beside(first.nearest_edge(), {a.x, above.pixel.x, above.pixel.y},
                             {r.x, row.pixel.x, row.pixel.y}, {b.x, below.pixel.x, below.pixel.y});
    }
    if (!second.is_sure(most)) {
      second.bin = bin_beside(second.nearest_edge(), {above.pixel.x, above.pixel.y, a.y},
                              {row.pixel.x, row.pixel.y, r.y}, {below.pixel.x, below.pixel.y, b.y});
    }
  }
  atomicAdd(counts + first.bin, 1);
  atomicAdd(counts + second.bin, 1);
}

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
  LaneRow above = resized(begin > 0 ? begin - 1 : 0);
  LaneRow row = resized(begin);
  for (int y = begin; y < begin + kRowsOfWarp; ++y) {
    const LaneRow below = resized(y + 1 < kResizedSide ? y + 1 : y);
    count_bins(above, row, below, most, lane, scratch.counts);
    above = row;
    row = below;
  }
  __syncthreads();

  const float bias = tile.bias != nullptr ? bias_sum(tile, region, scratch.row_sums) : 0;
  if (thread >= kWarp) return 0;
  const double entropy = entropy_of(scratch.counts, tile.terms, lane);
  return tile.exponent.of(entropy) * height * width + bias;
}

}  // namespace gpst::cuda
