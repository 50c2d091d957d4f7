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

// Bins 0..255 in a row's result, and two more.
constexpr int kDropped = kEdgeBins;
constexpr int kUncertain = kEdgeBins + 1;
constexpr int kSlots = 264;
constexpr float kFarBeyond = 2.f * kDropped;

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

// Bins of one row of pixels; true when some are kUncertain.
GPST_VECTOR_CLONES
bool bin_row(const float* __restrict above, const float* __restrict row,
             const float* __restrict below, float error, int32_t* __restrict bins) {
  const auto column = [=](int x) { return (above[x] + 2 * row[x]) + below[x]; };
  const auto slope = [=](int x) { return below[x] - above[x]; };
  int32_t any = 0;
  for (int x = 0; x < kSide; ++x) {
    const float sx = column(x + 1) - column(x - 1);
    const float sy = (slope(x - 1) + 2 * slope(x)) + slope(x + 1);
    const float length = std::sqrt(sx * sx + sy * sy) * kBinsPerUnit;
    const float position = length < kFarBeyond ? length : kFarBeyond;
    const int32_t nearest = static_cast<int32_t>(position + 0.5f);
    const float distance = position - static_cast<float>(nearest);
    const int32_t bin = static_cast<int32_t>(position);
    // Nothing lies below edge 0, so being near it is no doubt.
    const int32_t doubt = distance < error && distance > -error && nearest > 0 ? 1 : 0;
    bins[x] = doubt != 0 ? kUncertain : (bin < kDropped ? bin : kDropped);
    any |= doubt;
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
  Counters counters{};
  alignas(64) std::array<int32_t, kSide> bins;
  for (int y = 0; y < kSide; ++y) {
    const float* above = picture.row(std::max(y - 1, 0));
    const float* row = picture.row(y);
    const float* below = picture.row(std::min(y + 1, kSide - 1));
    if (bin_row(above, row, below, error, bins.data())) {
      for (int x = 0; x < kSide; ++x) {
        if (bins[x] == kUncertain) bins[x] = exact_bin(above, row, below, x);
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
