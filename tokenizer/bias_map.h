#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

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

// A rectangle that a user is interested in, in pixels of the cropped picture.
struct Roi {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  double weight = kDefaultRoiWeight;
};

// Reads "x,y,w,h" or "x,y,w,h:weight". Anything else, an empty rectangle and a weight that is not
// finite or below 0 are UsageErrors that quote the text.
Roi parse_roi(std::string_view text);

// The sum of the rectangles' weights at each pixel. Rectangles are clipped to the picture; one
// that lies completely outside is an InputError.
WeightMap weight_map(int width, int height, std::span<const Roi> rois);

// `weight` times the brightness of an 8-bit RGB mask: white counts fully, black not at all.
// `rgb` holds 3*width*height bytes (InputError).
WeightMap weight_map_of_mask(std::span<const uint8_t> rgb, int width, int height,
                             double weight = kDefaultRoiWeight);

// Adds `other` to `map`; an empty map is the neutral element. Different sizes: InputError.
void add_weights(WeightMap& map, const WeightMap& other);

// The part of the map under a tile whose upper left corner is (left, top): [side,side].
std::vector<float> cut_tile(const WeightMap& map, int left, int top, int side);

// Bias map for partition_tile: each weight times E^exponent of the whole tile, E its entropy
// (numerics 2, user control). `grey` and `weights` are [height,width].
std::vector<float> tile_bias(std::span<const float> grey, std::span<const float> weights, int width,
                             int height, double exponent);

}  // namespace gpst
