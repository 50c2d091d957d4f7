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

#include "cuda/entropy_math.h"
#include "cuda/partition_graph.h"
#include "cuda/simt.h"

namespace gpst::cuda {

inline constexpr int kRegionThreads = 128;
inline constexpr int kResizedSide = 64;
inline constexpr int kDroppedBin = entropy_math::kBins;  // counts magnitudes above the range
inline constexpr int kUnsureBin = kDroppedBin + 1;       // takes pixels that are counted later
inline constexpr int kCounters = kUnsureBin + 1;

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

// The two pixels of a lane in one row, those left and right of them, and the horizontal parts of
// the two Sobel kernels there: [-1 0 1] and [1 2 1].
struct LaneRow {
  float2 pixel, outer, difference, smooth;
};

// The source rows last used, already resized along x.
struct HeldRows {
  int lower_index, upper_index;
  float2 lower, upper;
};

// Numbers of pixels fit 31 bits (partition_tiles): 32-bit sums, one wide one for each address.
__device__ __forceinline__ float2 blend_columns(const float* corner, unsigned row,
                                                const ResizeTap& first, const ResizeTap& second) {
  const auto pixel = [corner, row](int column) {
    return corner[row + static_cast<unsigned>(column)];
  };
  return make_float2(pixel(first.lower) * first.keep + pixel(first.upper) * first.take,
                     pixel(second.lower) * second.keep + pixel(second.upper) * second.take);
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
  const auto blended = [&](int row) {
    return blend_columns(corner, static_cast<unsigned>(row * stride), first, second);
  };
  if (tap.lower != held.lower_index) {
    held.lower = tap.lower == held.upper_index ? held.upper : blended(tap.lower);
    held.lower_index = tap.lower;
  }
  if (tap.upper != held.upper_index) {
    held.upper = tap.upper == tap.lower ? held.lower : blended(tap.upper);
    held.upper_index = tap.upper;
  }
  LaneRow row;
  row.pixel = make_float2(held.lower.x * tap.keep + held.upper.x * tap.take,
                          held.lower.y * tap.keep + held.upper.y * tap.take);
  row.outer = outer_pixels(row.pixel, lane);
  row.difference = make_float2(row.pixel.y - row.outer.x, row.outer.y - row.pixel.x);
  row.smooth = make_float2(fmaf(2, row.pixel.x, row.outer.x) + row.pixel.y,
                           fmaf(2, row.pixel.y, row.pixel.x) + row.outer.y);
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
