#include "tokenizer/edge_histogram.h"

#include <algorithm>
#include <cmath>

#include "tokenizer/vector_clones.h"

namespace gpst {
namespace {

constexpr int kSide = Picture64::kSide;
constexpr double kRange = 5.5;
constexpr double kBinWidth = 2 * kRange / (2 * kEdgeBins);  // 11/512, exact, as are all edges
constexpr float kBinsPerUnit = static_cast<float>(1 / kBinWidth);

constexpr int kDropped = kEdgeBins;  // the counter of what lies above the range
constexpr int kSlots = kEdgeBins + 8;

// A row's result holds a bin, or at least this where float cannot tell which bin it is.
constexpr int32_t kUncertain = 1024;

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

GPST_VECTOR_CLONES
void sum_row(const float* __restrict row, RowSums& __restrict sums) {
  for (int x = 0; x < kSide; ++x) {
    sums.difference[x] = row[x + 1] - row[x - 1];
    sums.smooth[x] = (row[x - 1] + 2 * row[x]) + row[x + 1];
  }
}

// Bins of one row of pixels; true when some are uncertain.
GPST_VECTOR_CLONES
bool bin_row(const RowSums& above, const RowSums& row, const RowSums& below, float error,
             int32_t* __restrict bins) {
  constexpr float kBeyond = kDropped + 0.5f;
  int32_t any = 0;
  for (int x = 0; x < kSide; ++x) {
    const float sx = (above.difference[x] + 2 * row.difference[x]) + below.difference[x];
    const float sy = below.smooth[x] - above.smooth[x];
    const float length = std::sqrt(sx * sx + sy * sy) * kBinsPerUnit;
    const float position = length < kBeyond ? length : kBeyond;
    // Truncation makes 0 of a position just below edge 0: it is no doubt to be near that edge.
    const int32_t lowest = static_cast<int32_t>(position - error);
    const int32_t highest = static_cast<int32_t>(position + error);
    bins[x] = highest + (highest - lowest) * kUncertain;
    any |= highest - lowest;
  }
  return any != 0;
}

// Four counters a bin, so that equal neighbours do not wait for each other.
using Counters = std::array<std::array<int32_t, kSlots>, 4>;

void count_row(const int32_t* bins, Counters& counters) {
  for (int x = 0; x < kSide; x += 4) {
    for (int lane = 0; lane < 4; ++lane) ++counters[lane][bins[x + lane]];
  }
}

}  // namespace

void count_edges(const Picture64& picture, float largest, EdgeHistogram& histogram) {
  const float error = kErrorInBins * std::max(largest, 1.f);
  const auto clamped = [](int y) { return std::clamp(y, 0, kSide - 1); };
  Counters counters{};
  alignas(64) std::array<int32_t, kSide> bins;
  std::array<RowSums, 4> sums;  // of row y: element y % 4
  sum_row(picture.row(0), sums[0]);
  for (int y = 0; y < kSide; ++y) {
    const int up = clamped(y - 1), down = clamped(y + 1);
    if (down > y) sum_row(picture.row(down), sums[down % 4]);
    if (bin_row(sums[up % 4], sums[y % 4], sums[down % 4], error, bins.data())) {
      for (int x = 0; x < kSide; ++x) {
        if (bins[x] < kUncertain) continue;
        bins[x] = exact_bin(picture.row(up), picture.row(y), picture.row(down), x);
      }
    }
    count_row(bins.data(), counters);
  }
  for (int bin = 0; bin < kEdgeBins; ++bin) {
    histogram.counts[bin] =
        (counters[0][bin] + counters[1][bin]) + (counters[2][bin] + counters[3][bin]);
  }
  histogram.total = kEdgePixels;
  for (const auto& lane : counters) histogram.total -= lane[kDropped];
}

}  // namespace gpst
