#include "tokenizer/edge_histogram.h"

#include <algorithm>
#include <cmath>

#include "tokenizer/pixel_vectors.h"

namespace gpst {
namespace {

constexpr int kSide = Picture64::kSide;
constexpr double kRange = 5.5;
constexpr double kBinWidth = 2 * kRange / (2 * kEdgeBins);  // 11/512, exact, as are all edges
constexpr float kBinsPerUnit = static_cast<float>(1 / kBinWidth);

constexpr int kDropped = kEdgeBins;  // the counter of what lies above the range
constexpr int kSlots = kEdgeBins + 8;

// How far, in bins, the float magnitude may be from the true one, for pixels up to 1: 22 roundings
// of 2^-24 in either derivative (31 in their length), then 4.2 relative ones of a length of at
// most 8*sqrt(2): 80 * 2^-24 = 4.8e-6, divided by the bin width.
constexpr float kErrorInBins = 3e-4f;

int exact_bin(const float* above, const float* row, const float* below, int x) {
  const auto at = [x](const float* line, int dx) { return static_cast<double>(line[x + dx]); };
  const auto column = [&](int dx) { return at(above, dx) + 2 * at(row, dx) + at(below, dx); };
  const auto slope = [&](int dx) { return at(below, dx) - at(above, dx); };
  const double sx = column(1) - column(-1);
  const double sy = slope(-1) + 2 * slope(0) + slope(1);
  const double magnitude = std::sqrt(sx * sx + sy * sy);
  if (magnitude > kRange) return kDropped;
  int bin = std::min(static_cast<int>(magnitude / kBinWidth), kEdgeBins - 1);
  if (magnitude < bin * kBinWidth) --bin;
  if (magnitude >= (bin + 1) * kBinWidth && bin < kEdgeBins - 1) ++bin;
  return bin;
}

// Horizontal parts of the two Sobel kernels for one row: [-1 0 1] and [1 2 1].
struct RowSums {
  alignas(64) std::array<float, kSide> difference, smooth;
};

struct PixelSums {
  PixelFloats difference, smooth;
};

// Those of the pixels from x on, also written to `sums`.
[[gnu::always_inline]] inline void sum_pixels(const float* row, int x, PixelSums& pixels,
                                              RowSums& sums) {
  PixelFloats left, middle, right;
  load_pixels(row + x - 1, left);
  load_pixels(row + x, middle);
  load_pixels(row + x + 1, right);
  pixels.difference = right - left;
  pixels.smooth = (left + 2 * middle) + right;
  store_pixels(sums.difference.data() + x, pixels.difference);
  store_pixels(sums.smooth.data() + x, pixels.smooth);
}

// What float arithmetic made of a row: the bin of each pixel, and how many bins below it the true
// one may lie.
struct RowBins {
  alignas(64) std::array<int32_t, kSide> bin, doubt;
};

// Four counters a bin, so that equal neighbours do not wait for each other.
constexpr int kSets = 4;
using Counters = std::array<std::array<int32_t, kSlots>, kSets>;

[[gnu::always_inline]] inline void count_pixels(const RowBins& row, int first, Counters& counters) {
  for (int lane = 0; lane < kPixelLanes; ++lane) ++counters[lane % kSets][row.bin[first + lane]];
}

// Bins of one row of pixels, given the sums of the rows at and above it; makes those of the row
// below. The row before is counted meanwhile: counting is stores, the rest arithmetic, and a bin is
// not waited for. True when some bin is in doubt.
[[gnu::always_inline]] inline bool bin_row(const RowSums& above, const RowSums& row,
                                           const float* below_pixels, float error, RowSums& below,
                                           RowBins& bins, const RowBins& before,
                                           Counters& counters) {
  const PixelFloats beyond = (kDropped + 0.5f) - PixelFloats{};
  PixelInts any{};
  for (int x = 0; x < kSide; x += kPixelLanes) {
    PixelFloats above_difference, above_smooth, difference;
    load_pixels(above.difference.data() + x, above_difference);
    load_pixels(above.smooth.data() + x, above_smooth);
    load_pixels(row.difference.data() + x, difference);
    PixelSums beneath;
    sum_pixels(below_pixels, x, beneath, below);
    const PixelFloats sx = (above_difference + 2 * difference) + beneath.difference;
    const PixelFloats sy = beneath.smooth - above_smooth;
    PixelFloats length = sx * sx + sy * sy;
    for (int lane = 0; lane < kPixelLanes; ++lane) length[lane] = std::sqrt(length[lane]);
    length *= kBinsPerUnit;
    const PixelFloats position = length < beyond ? length : beyond;
    // Truncation makes 0 of a position just below edge 0: it is no doubt to be near that edge.
    const PixelInts highest = __builtin_convertvector(position + error, PixelInts);
    const PixelInts doubt = highest - __builtin_convertvector(position - error, PixelInts);
    store_pixels(bins.bin.data() + x, highest);
    store_pixels(bins.doubt.data() + x, doubt);
    any |= doubt;
    count_pixels(before, x, counters);
  }
  int32_t in_doubt = 0;
  for (int lane = 0; lane < kPixelLanes; ++lane) in_doubt |= any[lane];
  return in_doubt != 0;
}

GPST_VECTOR_CLONES
void count_rows(const Picture64& picture, float error, Counters& counters) {
  const auto pixels = [&](int y) { return picture.row(std::clamp(y, 0, kSide - 1)); };
  std::array<RowSums, 4> sums;  // of row y: element y % 4; row -1 equals row 0
  std::array<RowBins, 2> bins;  // of row y: element y % 2
  PixelSums unused;
  for (int x = 0; x < kSide; x += kPixelLanes) sum_pixels(pixels(0), x, unused, sums[0]);
  sums[3] = sums[0];
  bins[1].bin.fill(kSlots - 1);  // no row comes before the first: a counter that nobody reads
  for (int y = 0; y < kSide; ++y) {
    RowBins& row = bins[y % 2];
    if (!bin_row(sums[(y + 3) % 4], sums[y % 4], pixels(y + 1), error, sums[(y + 1) % 4], row,
                 bins[(y + 1) % 2], counters)) {
      continue;
    }
    for (int x = 0; x < kSide; ++x) {
      if (row.doubt[x] == 0) continue;
      row.bin[x] = exact_bin(pixels(y - 1), pixels(y), pixels(y + 1), x);
    }
  }
  for (int x = 0; x < kSide; x += kPixelLanes) count_pixels(bins[(kSide - 1) % 2], x, counters);
}

}  // namespace

void count_edges(const Picture64& picture, float largest, EdgeHistogram& histogram) {
  Counters counters{};
  count_rows(picture, kErrorInBins * std::max(largest, 1.f), counters);
  for (int bin = 0; bin < kEdgeBins; ++bin) {
    histogram.counts[bin] =
        (counters[0][bin] + counters[1][bin]) + (counters[2][bin] + counters[3][bin]);
  }
  histogram.total = kEdgePixels;
  for (const auto& set : counters) histogram.total -= set[kDropped];
}

}  // namespace gpst
