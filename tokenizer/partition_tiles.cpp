#include "tokenizer/partition_tiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/error.h"

namespace gpst {
namespace {

void check_sizes(int width, int height, int tile_side, const WeightMap& attention) {
  if (tile_side < 1 || width < tile_side || height < tile_side || width % tile_side != 0 ||
      height % tile_side != 0) {
    throw InputError(fmt::format(
        "partition: a picture of {} x {} pixels; both sides must be multiples of the tile side {}",
        width, height, tile_side));
  }
  if (!attention.empty() && (attention.width != width || attention.height != height)) {
    throw InputError(
        fmt::format("partition: a map of {} x {} weights for a picture of {} x {} pixels",
                    attention.width, attention.height, width, height));
  }
}

std::vector<float> cut_tile(std::span<const float> map, int map_width, int left, int top,
                            int side) {
  std::vector<float> tile(static_cast<size_t>(side) * side);
  for (int y = 0; y < side; ++y) {
    const auto row = map.begin() + static_cast<int64_t>(top + y) * map_width + left;
    std::copy_n(row, side, tile.begin() + static_cast<int64_t>(y) * side);
  }
  return tile;
}

}  // namespace

std::vector<Partition> partition_picture(std::span<const float> chw, int width, int height,
                                         int tile_side, const PartitionOptions& options,
                                         const WeightMap& attention) {
  check_sizes(width, height, tile_side, attention);
  const std::vector<float> grey = grey_of(chw, width, height);
  std::vector<Partition> partitions;
  for (int top = 0; top < height; top += tile_side) {
    for (int left = 0; left < width; left += tile_side) {
      const std::vector<float> tile = cut_tile(grey, width, left, top, tile_side);
      std::vector<float> bias;
      if (!attention.empty()) {
        const std::vector<float> weights = cut_tile(attention.weights, width, left, top, tile_side);
        bias = tile_bias(tile, weights, tile_side, tile_side, options.exponent);
      }
      partitions.push_back(partition_tile(tile, tile_side, tile_side, options, bias));
    }
  }
  return partitions;
}

}  // namespace gpst
