#include "tokenizer/bias_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "base/error.h"
#include "tokenizer/region_complexity.h"

namespace gpst {
namespace {

template <class Number>
Number roi_number(std::string_view text, std::string_view part) {
  Number value{};
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
  if (part.empty() || error != std::errc() || end != part.data() + part.size()) {
    throw UsageError(fmt::format(
        "region of interest '{}': '{}' is not a number; expected x,y,w,h or x,y,w,h:weight", text,
        part));
  }
  return value;
}

WeightMap blank_map(int width, int height) {
  if (width < 1 || height < 1) {
    throw InputError(fmt::format("weight map of {} x {} pixels", width, height));
  }
  return {width, height, std::vector<float>(static_cast<size_t>(width) * height)};
}

void add_rectangle(WeightMap& map, const Roi& roi) {
  const auto end = [](int start, int length, int side) {
    return static_cast<int>(std::min<int64_t>(int64_t{start} + length, side));
  };
  const int left = std::max(roi.x, 0), right = end(roi.x, roi.width, map.width);
  const int top = std::max(roi.y, 0), bottom = end(roi.y, roi.height, map.height);
  if (left >= right || top >= bottom) {
    throw InputError(
        fmt::format("region of interest {},{},{},{} lies outside the picture of {} x {} pixels",
                    roi.x, roi.y, roi.width, roi.height, map.width, map.height));
  }
  for (int y = top; y < bottom; ++y) {
    float* row = map.weights.data() + static_cast<int64_t>(y) * map.width;
    for (int x = left; x < right; ++x) row[x] += static_cast<float>(roi.weight);
  }
}

}  // namespace

Roi parse_roi(std::string_view text) {
  const size_t colon = text.find(':');
  std::string_view rest = text.substr(0, colon);
  std::array<int, 4> box{};
  for (size_t i = 0; i < box.size(); ++i) {
    const size_t comma = i + 1 < box.size() ? rest.find(',') : std::string_view::npos;
    box[i] = roi_number<int>(text, rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  Roi roi{box[0], box[1], box[2], box[3]};
  if (colon != std::string_view::npos) {
    roi.weight = roi_number<double>(text, text.substr(colon + 1));
  }
  if (roi.x < 0 || roi.y < 0 || roi.width < 1 || roi.height < 1) {
    throw UsageError(fmt::format(
        "region of interest '{}': expected x and y of at least 0, w and h of at least 1", text));
  }
  if (!(roi.weight >= 0) || roi.weight > kLargestRoiWeight) {
    throw UsageError(fmt::format("region of interest '{}': expected a weight between 0 and {}",
                                 text, kLargestRoiWeight));
  }
  return roi;
}

WeightMap weight_map(int width, int height, std::span<const Roi> rois) {
  WeightMap map = blank_map(width, height);
  for (const Roi& roi : rois) add_rectangle(map, roi);
  return map;
}

WeightMap weight_map_of_mask(const Picture8& mask, double weight) {
  WeightMap map = blank_map(mask.width, mask.height);
  for (size_t i = 0; i < map.weights.size(); ++i) {
    const uint8_t* rgb = mask.rgb.data() + 3 * i;
    const double brightness = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
    map.weights[i] = static_cast<float>(weight * brightness / 255);
  }
  return map;
}

void add_weights(WeightMap& map, const WeightMap& other) {
  if (other.empty()) return;
  if (map.empty()) {
    map = other;
    return;
  }
  if (map.width != other.width || map.height != other.height) {
    throw InputError(fmt::format("weight maps of different sizes: {} x {} and {} x {} pixels",
                                 map.width, map.height, other.width, other.height));
  }
  std::transform(map.weights.begin(), map.weights.end(), other.weights.begin(), map.weights.begin(),
                 std::plus<>());
}

std::vector<float> tile_bias(std::span<const float> grey, std::span<const float> weights, int width,
                             int height, double exponent) {
  if (weights.size() != grey.size()) {
    throw InputError(
        fmt::format("bias map: {} weights for {} pixels", weights.size(), grey.size()));
  }
  RegionComplexity complexity(grey, width, height, exponent);
  const double scale = complexity.entropy_power_of(whole_tile(width, height));
  std::vector<float> bias(weights.size());
  std::transform(weights.begin(), weights.end(), bias.begin(),
                 [scale](float weight) { return static_cast<float>(weight * scale); });
  return bias;
}

}  // namespace gpst
