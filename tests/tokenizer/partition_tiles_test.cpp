#include "tokenizer/partition_tiles.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "tests/tokenizer/partition_helpers.h"

namespace gpst {
namespace {

constexpr int kTile = 32, kWidth = 64, kHeight = 96;

PartitionOptions small_options() {
  PartitionOptions options;
  options.tokens = 12;
  options.minhw = 4;
  return options;
}

std::vector<float> picture() { return noisy_picture(kWidth, 3 * kHeight, 12); }  // [3,H,W]

TEST(PartitionTiles, EveryTileByItselfInRowMajorOrder) {
  const std::vector<float> chw = picture();
  const auto tiles = partition_picture(chw, kWidth, kHeight, kTile, small_options());
  ASSERT_EQ(tiles.size(), 6u);
  const std::vector<float> grey = grey_of(chw, kWidth, kHeight);
  for (int t = 0; t < 6; ++t) {
    std::vector<float> tile;
    for (int y = 0; y < kTile; ++y) {
      const auto row = grey.begin() + (t / 2 * kTile + y) * kWidth + t % 2 * kTile;
      tile.insert(tile.end(), row, row + kTile);
    }
    EXPECT_EQ(tiles[t].regions, partition_tile(tile, kTile, kTile, small_options()).regions) << t;
  }
}

TEST(PartitionTiles, AttentionDrawsTokensInItsTileOnly) {
  const std::vector<float> chw = picture();
  const std::vector<Roi> rois = {{kTile, 0, 16, 16, 50.0}};  // in the second tile's corner
  const auto plain = partition_picture(chw, kWidth, kHeight, kTile, small_options());
  const auto drawn = partition_picture(chw, kWidth, kHeight, kTile, small_options(),
                                       weight_map(kWidth, kHeight, rois));
  const auto in_corner = [](const Partition& tile) {
    return std::count_if(tile.regions.begin(), tile.regions.end(),
                         [](const Region& r) { return r.x1 < 16 && r.y1 < 16; });
  };
  EXPECT_GT(in_corner(drawn[1]), in_corner(plain[1]));
  EXPECT_EQ(drawn[0].regions, plain[0].regions);
  EXPECT_EQ(drawn[2].regions, plain[2].regions);
}

TEST(PartitionTiles, RefusesSizesThatDoNotFit) {
  const std::vector<float> chw = picture();
  EXPECT_THROW(partition_picture(chw, kWidth, kHeight, 40, small_options()), InputError);
  EXPECT_THROW(partition_picture(chw, kWidth, kHeight, 0, small_options()), InputError);
  EXPECT_THROW(partition_picture(chw, kHeight, kHeight, kTile, small_options()), InputError);
  EXPECT_THROW(partition_picture(chw, kWidth, kHeight, kTile, small_options(),
                                 weight_map(kWidth, kWidth, {})),
               InputError);
}

}  // namespace
}  // namespace gpst
