// Between planes [c, H*W] and pixels [n, padded c].
#pragma once

#include "ops/cpu/simd.h"

namespace gpst::cpu {
namespace {

// One step of the transposition of a square of kLanes vectors: exchanges the off-diagonal blocks of
// size `step`.
template <class T, int step>
GPST_INLINE void exchange_blocks(Vec<T>* rows) {
  constexpr int n = kLanes<T>;
  IntVec<T> low{}, high{};
  for (int lane = 0; lane < n; ++lane) {
    low[lane] = (lane & step) == 0 ? lane : n + lane - step;
    high[lane] = (lane & step) == 0 ? lane + step : n + lane;
  }
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) {
    if ((i & step) != 0) continue;
    const Vec<T> a = rows[i];
    const Vec<T> b = rows[i + step];
    rows[i] = __builtin_shuffle(a, b, low);
    rows[i + step] = __builtin_shuffle(a, b, high);
  }
  if constexpr (step > 1) exchange_blocks<T, step / 2>(rows);
}

template <class T>
GPST_INLINE void transpose_square(Vec<T>* rows) {
  exchange_blocks<T, kLanes<T> / 2>(rows);
}

struct PlaneShape {
  int64_t channels;
  int64_t plane;   // elements from plane to plane
  int64_t padded;  // elements from pixel to pixel, a multiple of the vector length
};

// A square in registers: rows source + k * source_stride, columns target + k * target_stride.
template <class T>
GPST_INLINE void transpose_whole(const T* source, int64_t source_stride, T* target,
                                 int64_t target_stride) {
  Vec<T> square[kLanes<T>];
#pragma GCC unroll 16
  for (int k = 0; k < kLanes<T>; ++k) square[k] = load(source + k * source_stride);
  transpose_square<T>(square);
#pragma GCC unroll 16
  for (int k = 0; k < kLanes<T>; ++k) store(target + k * target_stride, square[k]);
}

// The first n elements of each plane -> pixels [n, padded]; the channels added are 0.
template <class T>
void planes_to_pixels(const T* planes, const PlaneShape& shape, int64_t n, T* pixels) {
  constexpr int lanes = kLanes<T>;
  const auto [channels, plane, padded] = shape;
  for (int64_t p = 0; p < n; p += lanes) {
    const int64_t count = smaller(lanes, n - p);
    for (int64_t c = 0; c < padded; c += lanes) {
      const T* source = planes + c * plane + p;
      T* target = pixels + p * padded + c;
      if (count == lanes && c + lanes <= channels) {
        transpose_whole(source, plane, target, padded);
        continue;
      }
      Vec<T> square[lanes];
      for (int64_t k = 0; k < lanes; ++k) {
        square[k] = c + k >= channels ? Vec<T>{}
                    : count == lanes  ? load(source + k * plane)
                                      : load_first(source + k * plane, count);
      }
      transpose_square<T>(square);
      for (int64_t k = 0; k < count; ++k) store(target + k * padded, square[k]);
    }
  }
}

// pixels [n, padded] -> the first n elements of each plane
template <class T>
void pixels_to_planes(const T* pixels, const PlaneShape& shape, int64_t n, T* planes) {
  constexpr int lanes = kLanes<T>;
  const auto [channels, plane, padded] = shape;
  // Channels outside: planes are often a multiple of 4096 bytes apart, and few of them at a time
  // find room in a cache set.
  for (int64_t c = 0; c < channels; c += lanes) {
    for (int64_t p = 0; p < n; p += lanes) {
      const int64_t count = smaller(lanes, n - p);
      const T* source = pixels + p * padded + c;
      T* target = planes + c * plane + p;
      if (count == lanes && c + lanes <= channels) {
        transpose_whole(source, padded, target, plane);
        continue;
      }
      Vec<T> square[lanes];
      for (int64_t k = 0; k < lanes; ++k) {
        square[k] = k < count ? load(source + k * padded) : Vec<T>{};
      }
      transpose_square<T>(square);
      for (int64_t k = 0; k < smaller(lanes, channels - c); ++k) {
        count == lanes ? store(target + k * plane, square[k])
                       : store_first(target + k * plane, square[k], count);
      }
    }
  }
}

}  // namespace
}  // namespace gpst::cpu
