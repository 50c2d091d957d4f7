// Rows of a region resized to 64 x 64 pixels, bit for bit those of tokenizer/resize64, two pixels a
// lane, with the horizontal parts of the Sobel kernels.
#pragma once

#include <cstdint>

#include "cuda/simt.h"

namespace gpst::cuda {

inline constexpr int kResizedSide = 64;

// Output i of an axis is keep * input[lower] + take * input[upper].
struct ResizeTap {
  int lower, upper;
  float keep, take;
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

}  // namespace gpst::cuda
