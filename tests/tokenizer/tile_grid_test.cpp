#include "tokenizer/tile_grid.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace gpst {
namespace {

TEST(TileGrid, TilesOfAPictureAreNeighboursInRowMajorOrder) {
  const at::Tensor whole = at::arange(2 * 3 * 4 * 6, at::kFloat).view({2, 3, 4, 6});
  const at::Tensor tiles = cut_tiles(whole, 2);
  EXPECT_EQ(tiles.sizes(), (std::vector<int64_t>{8, 3, 2, 3}));
  EXPECT_TRUE(at::equal(tiles[5], whole[1].slice(1, 0, 2).slice(2, 3, 6)));
  EXPECT_TRUE(at::equal(join_tiles(tiles, 2), whole));
}

TEST(TileGrid, KeepsTheMemoryFormat) {
  const at::Tensor whole = at::rand({2, 3, 4, 6}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor tiles = cut_tiles(whole, 2);
  EXPECT_TRUE(tiles.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(join_tiles(tiles, 2).is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(join_tiles(whole, 1).is_same(whole));
}

}  // namespace
}  // namespace gpst
