// The pixels of a token's support as a rectangle, for the renderer's backward kernel.
#pragma once

#include "cuda/gaussian.cuh"
#include "cuda/simt.h"

namespace gpst::cuda {
namespace {

// Pixels first .. end-1 of one axis.
struct Span {
  int first, end;
};

// The pixel at or below a coordinate, brought into 0 .. n-1 (0 for NaN).
__device__ __forceinline__ int pixel_near(float coordinate, const Axis& axis) {
  const float position = (coordinate + 1.0f) * 0.5f * axis.last;
  if (!(position > 0)) return 0;
  return position >= axis.last ? axis.pixels - 1 : static_cast<int>(position);
}

// All pixels of an axis that pass the exact test: a guess, then a step or two.
__device__ __forceinline__ Span support(const Axis& axis, float centre, float limit) {
  const int n = axis.pixels;
  if (centre != centre || limit != limit) return {0, n};
  const auto inside = [&](int pixel) { return is_inside(axis.coordinate(pixel) - centre, limit); };
  int first = pixel_near(centre - limit, axis);
  while (first > 0 && inside(first - 1)) --first;
  while (first < n - 1 && axis.coordinate(first) < centre && !inside(first)) ++first;
  if (!inside(first)) return {0, 0};
  int last = max(first, pixel_near(centre + limit, axis));
  while (last < n - 1 && inside(last + 1)) ++last;
  while (last > first && !inside(last)) --last;
  return {first, last + 1};
}

// A token's box, found by all lanes together: even ones take the columns, odd ones the rows.
struct PixelBox {
  int column, row, width, height;
};

__device__ __forceinline__ PixelBox find_box(const Axis& columns, const Axis& rows, float dmax,
                                             const Geometry& g) {
  if (!g.has_extent()) return {0, 0, 0, 0};
  const bool is_row = threadIdx.x % 2 != 0;
  const Box box = g.box(dmax);
  // Value by value: a choice between the structs would put both into local memory.
  const Axis axis = {is_row ? rows.pixels : columns.pixels, is_row ? rows.last : columns.last,
                     is_row ? rows.inverse : columns.inverse};
  const Span span = support(axis, is_row ? box.y : box.x, is_row ? box.limit_y : box.limit_x);
  const int length = span.end - span.first;
  return {__shfl_sync(kFullMask, span.first, 0), __shfl_sync(kFullMask, span.first, 1),
          __shfl_sync(kFullMask, length, 0), __shfl_sync(kFullMask, length, 1)};
}

}  // namespace
}  // namespace gpst::cuda
