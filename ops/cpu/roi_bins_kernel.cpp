// Compiled once per SimdLevel. The channels of a pixel lie side by side, so a bin is a weighted sum
// of short rows: a block of its channels stays in registers from the first pixel to the last. The
// bins of one box, [r*r, C], stay in the cache until they are mixed.
#include "ops/cpu/roi_bins_kernel.h"

#include "ops/cpu/elements.h"

namespace gpst::cpu {
namespace {

constexpr int kBlock = 4;     // vectors of channels that are gathered together
constexpr int kMixtures = 6;  // rows of the result that are computed together, of two vectors each

// n vectors of channels of all bins: bins [r*r, stride] from the pixels.
template <int n, class T, class E, class Lanes>
void gather_channels(const RoiBox<T>& box, int64_t bins, const RoiMap<E>& map, int64_t channel,
                     Lanes lanes, T* target, int64_t stride) {
  const auto& [x, y] = box;
  for (int64_t by = 0; by < bins; ++by) {
    for (int64_t bx = 0; bx < bins; ++bx, target += stride) {
      Vec<T> sum[n] = {};
      for (int64_t j = 0; j < y.count[by]; ++j) {
        const T row_weight = y.weights[y.offset[by] + j];
        const E* pixel =
            map.pixels + channel + ((y.first[by] + j) * map.width + x.first[bx]) * map.channels;
        for (int64_t i = 0; i < x.count[bx]; ++i, pixel += map.channels) {
          const T weight = row_weight * x.weights[x.offset[bx] + i];
#pragma GCC unroll 4
          for (int k = 0; k < n; ++k) {
            sum[k] += load_as<T>(pixel + k * kLanes<T>, lanes) * weight;
          }
        }
      }
#pragma GCC unroll 4
      for (int k = 0; k < n; ++k) store(target + channel + k * kLanes<T>, sum[k]);
    }
  }
}

template <class T, class E>
void gather_bins(const RoiBox<T>& box, int64_t bins, const RoiMap<E>& map, T* target,
                 int64_t stride) {
  int64_t c = 0;
  for (; c + kBlock * kLanes<T> <= map.channels; c += kBlock * kLanes<T>) {
    gather_channels<kBlock>(box, bins, map, c, AllLanes{}, target, stride);
  }
  for (; c + kLanes<T> <= map.channels; c += kLanes<T>) {
    gather_channels<1>(box, bins, map, c, AllLanes{}, target, stride);
  }
  if (c < map.channels) {
    gather_channels<1>(box, bins, map, c, SomeLanes{map.channels - c}, target, stride);
  }
}

// n rows of the result, v vectors wide: out[m] = sum over bins of mix[m, bin] bins[bin].
template <int n, int v, class T, class E, class Lanes>
GPST_INLINE void mix_block(const T* mix, int64_t cells, const T* bins, int64_t bin_stride, E* out,
                           int64_t out_stride, Lanes lanes) {
  Vec<T> sum[n][v] = {};
  for (int64_t cell = 0; cell < cells; ++cell, bins += bin_stride) {
    Vec<T> value[v];
    for (int k = 0; k < v; ++k) value[k] = load(bins + k * kLanes<T>);
#pragma GCC unroll 8
    for (int m = 0; m < n; ++m) {
      for (int k = 0; k < v; ++k) sum[m][k] += value[k] * mix[m * cells + cell];
    }
  }
  for (int m = 0; m < n; ++m) {
    for (int k = 0; k < v; ++k) store_as<T>(out + m * out_stride + k * kLanes<T>, sum[m][k], lanes);
  }
}

// n rows of the result, all channels.
template <int n, class T, class E>
void mix_rows(const T* mix, int64_t cells, const T* bins, int64_t channels, E* out,
              int64_t out_stride) {
  constexpr int64_t kWidth = kLanes<T>;
  const int64_t stride = padded<T>(channels);
  int64_t c = 0;
  for (; c + 2 * kWidth <= channels; c += 2 * kWidth) {
    mix_block<n, 2>(mix, cells, bins + c, stride, out + c, out_stride, AllLanes{});
  }
  for (; c < channels; c += kWidth) {
    mix_block<n, 1>(mix, cells, bins + c, stride, out + c, out_stride,
                    SomeLanes{smaller(kWidth, channels - c)});
  }
}

}  // namespace

template <SimdLevel level, class T, class E>
void roi_bins(const RoiBox<T>& box, int64_t bins, const RoiMap<E>& map, const RoiMixing<T>& mixing,
              T* workspace, E* out, int64_t stride) {
  const int64_t cells = bins * bins;
  gather_bins(box, bins, map, workspace, padded<T>(map.channels));
  int64_t m = 0;
  for (; m + kMixtures <= mixing.count; m += kMixtures) {
    mix_rows<kMixtures>(mixing.weights + m * cells, cells, workspace, map.channels,
                        out + m * stride, stride);
  }
  for (; m < mixing.count; ++m) {
    mix_rows<1>(mixing.weights + m * cells, cells, workspace, map.channels, out + m * stride,
                stride);
  }
}

#define GPST_INSTANTIATE(T, E)                                                          \
  template void roi_bins<kThisLevel, T, E>(const RoiBox<T>&, int64_t, const RoiMap<E>&, \
                                           const RoiMixing<T>&, T*, E*, int64_t);
GPST_INSTANTIATE(float, float)
GPST_INSTANTIATE(float, uint16_t)
GPST_INSTANTIATE(double, double)

}  // namespace gpst::cpu
