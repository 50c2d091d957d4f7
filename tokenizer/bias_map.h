#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "image/picture8.h"

namespace gpst {

// How much a pixel should attract tokens, for every pixel of a picture: 0 leaves the partition
// alone. Weights have no unit; tile_bias() scales them by the complexity of the tile.
struct WeightMap {
  int width = 0;
  int height = 0;
  std::vector<float> weights;  // [height,width], row-major

  bool empty() const { return weights.empty(); }
};

inline constexpr double kDefaultRoiWeight = 4.0;
inline constexpr double kLargestRoiWeight = 1e6;

// A rectangle that a user is interested in, in pixels of the cropped picture.
struct Roi {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  double weight = kDefaultRoiWeight;
};

// Reads "x,y,w,h" or "x,y,w,h:weight". Anything else, an empty rectangle and a weight outside
// [0, kLargestRoiWeight] are UsageErrors that quote the text.
Roi parse_roi(std::string_view text);

// The sum of the rectangles' weights at each pixel. Rectangles are clipped to the picture; one
// that lies completely outside is an InputError.
WeightMap weight_map(int width, int height, std::span<const Roi> rois);

// `weight` times the brightness of a mask: white counts fully, black not at all.
WeightMap weight_map_of_mask(const Picture8& mask, double weight = kDefaultRoiWeight);

// Adds `other` to `map`; an empty map changes nothing. Different sizes: InputError.
void add_weights(WeightMap& map, const WeightMap& other);

// Bias map for partition_tile: each weight times E^exponent of the whole tile, E its entropy
// (numerics 2, user control). `grey` and `weights` are [height,width].
std::vector<float> tile_bias(std::span<const float> grey, std::span<const float> weights, int width,
                             int height, double exponent);

}  // namespace gpst
