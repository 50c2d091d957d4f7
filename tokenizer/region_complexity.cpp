#include "tokenizer/region_complexity.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

#include "base/error.h"

namespace gpst {
namespace {

const EntropyTable& entropy_table() {
  static const EntropyTable table;
  return table;
}

void check_size(std::string_view what, size_t found, int width, int height) {
  if (found == static_cast<size_t>(width) * static_cast<size_t>(height)) return;
  throw InputError(fmt::format("partition: the {} has {} values, expected {} ({} x {} pixels)",
                               what, found, static_cast<int64_t>(width) * height, width, height));
}

// Of |value|; NaN when one is. Magnitudes are in the order of their bits, NaN behind infinity.
float largest_of(std::span<const float> values) {
  int32_t largest = 0;
  for (const float value : values) {
    largest = std::max(largest, std::bit_cast<int32_t>(value) & 0x7FFFFFFF);
  }
  return std::bit_cast<float>(largest);
}

void check_values(std::string_view what, std::span<const float> values, int width, float limit) {
  if (largest_of(values) <= limit) return;
  const auto bad = std::find_if(values.begin(), values.end(),
                                [limit](float v) { return !(std::abs(v) <= limit); });
  const auto at = bad - values.begin();
  throw InputError(
      fmt::format("partition: the {} holds {} at pixel x={}, y={}; expected finite values{}", what,
                  *bad, at % width, at / width, limit == kLargestGrey ? " in [-1,1]" : ""));
}

}  // namespace

RegionComplexity::RegionComplexity(std::span<const float> grey, int width, int height,
                                   double exponent, std::span<const float> bias)
    : width_(width), exponent_(exponent), bias_(bias) {
  if (width < 1 || height < 1) {
    throw InputError(fmt::format("partition: a tile of {} x {} pixels", width, height));
  }
  check_size("grey picture", grey.size(), width, height);
  check_values("grey picture", grey, width, kLargestGrey);
  if (!bias.empty()) {
    check_size("bias map", bias.size(), width, height);
    check_values("bias map", bias, width, std::numeric_limits<float>::max());
  }
  unit_grey_.resize(grey.size());
  std::transform(grey.begin(), grey.end(), unit_grey_.begin(),
                 [](float value) { return (value + 1) / 2; });
  largest_ = largest_of(unit_grey_);
}

double RegionComplexity::entropy_power_of(const Region& region) {
  const float* corner = unit_grey_.data() + static_cast<int64_t>(region.y0) * width_ + region.x0;
  resize_(corner, width_, region.width(), region.height(), picture_);
  count_edges(picture_, largest_, histogram_);
  return entropy_power(entropy_table().entropy(histogram_), exponent_);
}

double RegionComplexity::operator()(const Region& region) {
  return entropy_power_of(region) * region.height() * region.width() + bias_sum(region);
}

double RegionComplexity::bias_sum(const Region& region) const {
  if (bias_.empty()) return 0;
  // The published sum is float32 in an order of its own; ours is that sum without its rounding: a
  // sum for each row, then of these, an order that a device can follow with a thread a row.
  double sum = 0;
  for (int y = region.y0; y <= region.y1; ++y) {
    const float* row = bias_.data() + static_cast<int64_t>(y) * width_;
    double row_sum = 0;
    for (int x = region.x0; x <= region.x1; ++x) row_sum += row[x];
    sum += row_sum;
  }
  return static_cast<float>(sum);
}

}  // namespace gpst
