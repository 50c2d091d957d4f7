// Compiled once per SimdLevel.
#include "ops/cpu/pixel_norm_kernel.h"

#include "ops/cpu/arena.h"
#include "ops/cpu/elements.h"
#include "ops/cpu/norm_element.h"
#include "ops/cpu/statistics.h"

namespace gpst::cpu {
namespace {

// What every channel needs, in whole vectors.
struct Workspace {
  Workspace(const PixelNormShape& shape, std::byte* memory) : arena(memory) {
    mean = arena.take<float>(padded<float>(shape.channels));
    slope = arena.take<float>(padded<float>(shape.channels));
    bias = arena.take<float>(padded<float>(shape.channels));
    moments = arena.take<Moments>(shape.channels);
  }

  Arena arena;
  float *mean, *slope, *bias;
  Moments* moments;  // of the pixels so far
};

// Pixels whose channels fit the nearest cache: they are read twice.
int64_t piece_of(const PixelNormShape& shape) {
  constexpr int64_t kElements = 4096;
  return larger(8, smaller(256, kElements / shape.channels));
}

// A vector of channels over a piece of pixels, around the rounded mean as in statistics.h.
template <class T, class Lanes>
GPST_INLINE void add_piece(const T* x, int64_t stride, int64_t pixels, Lanes lanes,
                           Moments* moments) {
  Vec<float> sum{};
  for (int64_t i = 0; i < pixels; ++i) sum += load_as<float>(x + i * stride, lanes);
  const Vec<float> centre = sum / static_cast<float>(pixels);
  Vec<float> rest{}, squares{};
  for (int64_t i = 0; i < pixels; ++i) {
    const Vec<float> d = load_as<float>(x + i * stride, lanes) - centre;
    rest += d;
    squares += d * d;
  }
  const double n = static_cast<double>(pixels);
  for (int64_t c = 0; c < count_of<float>(lanes); ++c) {
    const double deviation = static_cast<double>(rest[c]) / n;
    const double corrected = static_cast<double>(squares[c]) - deviation * deviation * n;
    // Rounding may leave it just below 0; a NaN is kept.
    moments[c].join({n, static_cast<double>(centre[c]) + deviation, corrected < 0 ? 0 : corrected});
  }
}

template <class T>
void add_pixels(const PixelNormShape& shape, const T* x, Moments* moments) {
  const int64_t channels = shape.channels, piece = piece_of(shape);
  for (int64_t first = 0; first < shape.pixels; first += piece) {
    const int64_t count = smaller(piece, shape.pixels - first);
    const T* from = x + first * channels;
    for_lanes<float>(channels, [&](int64_t c, auto lanes) {
      add_piece(from + c, channels, count, lanes, moments + c);
    });
  }
}

// Joins the channels of each group, and spreads what follows to them.
void finish_statistics(const PixelNormShape& shape, const float* weight, const float* bias,
                       const Workspace& work, NormStatistics* statistics) {
  const int64_t size = shape.channels / shape.groups;
  for (int64_t g = 0; g < shape.groups; ++g) {
    Moments all;
    for (int64_t c = g * size; c < (g + 1) * size; ++c) all.join(work.moments[c]);
    statistics[g] = {all.mean, __builtin_sqrt(all.squares / all.count)};
    const double scale = scale_of(shape.kind, statistics[g].deviation, shape.eps);
    for (int64_t c = g * size; c < (g + 1) * size; ++c) {
      work.mean[c] = static_cast<float>(all.mean);
      work.slope[c] = static_cast<float>(scale * weight[c]);
      work.bias[c] = bias[c];
    }
  }
}

template <Activation activation, class T>
void apply(const PixelNormShape& shape, const Workspace& work, const T* x, T* y) {
  const int64_t channels = shape.channels;
  for (int64_t i = 0; i < shape.pixels; ++i) {
    const T* from = x + i * channels;
    T* to = y + i * channels;
    for_lanes<float>(channels, [&](int64_t c, auto lanes) {
      const Vec<float> z =
          (load_as<float>(from + c, lanes) - load(work.mean + c)) * load(work.slope + c) +
          load(work.bias + c);
      store_as<float>(to + c, activate<activation, float>(z), lanes);
    });
  }
}

}  // namespace

template <SimdLevel level>
size_t pixel_norm_workspace_bytes(const PixelNormShape& shape) {
  return Workspace(shape, nullptr).arena.used();
}

template <SimdLevel level, class T>
void pixel_norm(const PixelNormShape& shape, const T* x, const float* weight, const float* bias,
                std::byte* workspace, NormStatistics* statistics, T* y) {
  const Workspace work(shape, workspace);
  for (int64_t c = 0; c < shape.channels; ++c) work.moments[c] = {};
  add_pixels(shape, x, work.moments);
  finish_statistics(shape, weight, bias, work, statistics);
  const bool silu = shape.activation == Activation::silu;
  (silu ? apply<Activation::silu, T> : apply<Activation::none, T>)(shape, work, x, y);
}

template size_t pixel_norm_workspace_bytes<kThisLevel>(const PixelNormShape&);
template void pixel_norm<kThisLevel, float>(const PixelNormShape&, const float*, const float*,
                                            const float*, std::byte*, NormStatistics*, float*);
template void pixel_norm<kThisLevel, uint16_t>(const PixelNormShape&, const uint16_t*, const float*,
                                               const float*, std::byte*, NormStatistics*,
                                               uint16_t*);

}  // namespace gpst::cpu
