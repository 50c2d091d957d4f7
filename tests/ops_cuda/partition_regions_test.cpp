#include "tokenizer/partition_regions.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "ops/grey_tiles.h"
#include "tests/support/expect_error.h"
#include "tests/support/kernel_device.h"
#include "tests/tokenizer/partition_helpers.h"

namespace gpst {
namespace {

at::Tensor noisy_tiles(int count, int width, int height) {
  std::vector<at::Tensor> tiles;
  for (int i = 0; i < count; ++i) {
    std::vector<float> picture = noisy_picture(width, height, 3 + i);
    tiles.push_back(at::from_blob(picture.data(), {height, width}).clone());
  }
  return at::stack(tiles);
}

PartitionedTiles on_host(const PartitionedTiles& tiles) {
  return {tiles.regions.cpu(), tiles.counts.cpu(), tiles.first_bad.cpu()};
}

void expect_equal(const at::Tensor& grey, const PartitionOptions& options,
                  const at::Tensor& bias = {}) {
  const PartitionedTiles expected = partition_regions(grey, options, bias);
  const PartitionedTiles actual = on_host(on_kernels([&] {
    return partition_regions(to_kernels(grey), options,
                             bias.defined() ? to_kernels(bias) : at::Tensor());
  }));
  EXPECT_TRUE(at::equal(actual.regions, expected.regions));
  EXPECT_TRUE(at::equal(actual.counts, expected.counts));
  EXPECT_TRUE(at::equal(actual.first_bad, expected.first_bad));
  EXPECT_EQ(actual.regions.scalar_type(), at::kInt);
}

TEST(PartitionRegions, AreTheCpus) {
  const at::Tensor grey = noisy_tiles(2, 64, 64);
  for (const int tokens : {1, 6, 16}) expect_equal(grey, {.tokens = tokens, .minhw = 16});
  expect_equal(grey, {.tokens = 7, .minhw = 16, .square_tie = SquareTie::width},
               noisy_tiles(2, 64, 64));
  expect_equal(grey.transpose(1, 2), {.tokens = 9, .minhw = 20});
  expect_equal(noisy_tiles(3, 40, 21), {.tokens = 5, .minhw = 12});
  expect_equal(grey, {.tokens = 21, .minhw = 31, .allow_duplicates = true});
}

TEST(PartitionRegions, OfTheCpuAreThoseOfATile) {
  const at::Tensor grey = noisy_tiles(2, 64, 64);
  const PartitionedTiles tiles = partition_regions(grey, {.tokens = 30});
  EXPECT_EQ(tiles.regions.sizes(), (at::IntArrayRef{2, 30, 4}));
  for (int64_t t = 0; t < 2; ++t) {
    const Partition one =
        partition_tile({grey[t].const_data_ptr<float>(), 64 * 64}, 64, 64, {.tokens = 30});
    for (int64_t i = 0; i < 30; ++i) {
      const Region& r = one.regions[static_cast<size_t>(i)];
      EXPECT_TRUE(at::equal(tiles.regions[t][i], at::tensor({r.x0, r.y0, r.x1, r.y1}, at::kInt)));
    }
  }
}

TEST(PartitionRegions, ReportValuesThatAreNoNumbers) {
  at::Tensor grey = noisy_tiles(3, 16, 12), bias = at::zeros({3, 12, 16});
  grey[1][2][5] = std::numeric_limits<float>::quiet_NaN();
  bias[2][11][3] = std::numeric_limits<float>::infinity();
  expect_equal(grey, {.tokens = 2}, bias);
  const PartitionedTiles tiles = partition_regions(grey, {.tokens = 2}, bias);
  EXPECT_TRUE(
      at::equal(tiles.first_bad, at::tensor({-1, 2 * 16 + 5, 192 + 11 * 16 + 3}, at::kInt)));
  EXPECT_TRUE(at::equal(tiles.counts, at::tensor({2, 0, 0}, at::kInt)));
  const std::string message =
      message_of<InputError>([&] { check_partitioned(tiles.first_bad, 16, 12); });
  EXPECT_NE(message.find("tile 1"), std::string::npos) << message;
  EXPECT_NE(message.find("x=5, y=2"), std::string::npos) << message;
  EXPECT_NO_THROW(check_partitioned(tiles.first_bad.narrow(0, 0, 1), 16, 12));
}

TEST(PartitionRegions, RefuseTheSameOnBothSides) {
  const at::Tensor grey = noisy_tiles(1, 32, 32);
  const auto refused = [&](const PartitionOptions& options) {
    return message_of<InputError>([&] { partition_regions(grey, options); });
  };
  const auto refused_by_kernels = [&](const PartitionOptions& options) {
    return message_of<InputError>(
        [&] { on_kernels([&] { return partition_regions(to_kernels(grey), options); }); });
  };
  const PartitionOptions too_many = {.tokens = 17};
  EXPECT_EQ(refused(too_many), refused_by_kernels(too_many));
  EXPECT_NE(refused(too_many).find("at most 16 fit into 32 x 32"), std::string::npos);
  for (const PartitionOptions& options :
       {PartitionOptions{.tokens = 0}, PartitionOptions{.tokens = 2, .minhw = -1}}) {
    EXPECT_EQ(refused(options), refused_by_kernels(options));
  }
  EXPECT_NE(refused_by_kernels({.tokens = 2, .exponent = 2.3}).find("multiple of 0.5"),
            std::string::npos);
  EXPECT_THROW(partition_regions(grey.to(at::kDouble), {}), InputError);
  EXPECT_THROW(partition_regions(grey[0], {}), InputError);
  EXPECT_THROW(partition_regions(grey, {.tokens = 2}, at::zeros({1, 32, 31})), InputError);
}

TEST(PartitionRegions, OnMetaHaveShapes) {
  const PartitionedTiles tiles =
      partition_regions(at::empty({5, 64, 64}, at::TensorOptions(at::kMeta)),
                        {.tokens = 70, .allow_duplicates = true});
  EXPECT_EQ(tiles.regions.sizes(), (at::IntArrayRef{5, 71, 4}));
  EXPECT_EQ(tiles.counts.sizes(), (at::IntArrayRef{5}));
}

TEST(GreyTiles, AreTheCpusInAnyLayout) {
  const at::Tensor pictures = noisy_tiles(6, 24, 16).view({2, 3, 16, 24});
  const at::Tensor expected = grey_tiles(pictures, 8);
  EXPECT_EQ(expected.sizes(), (at::IntArrayRef{12, 8, 8}));
  for (const at::Tensor& layout : {pictures, pictures.contiguous(at::MemoryFormat::ChannelsLast)}) {
    const at::Tensor actual = on_kernels([&] { return grey_tiles(to_kernels(layout), 8); });
    EXPECT_TRUE(at::equal(actual.cpu(), expected));
    EXPECT_TRUE(at::equal(grey_tiles(layout, 8), expected));
  }
  EXPECT_THROW(grey_tiles(pictures, 7), InputError);
  EXPECT_EQ(grey_tiles(at::empty({2, 3, 16, 24}, at::TensorOptions(at::kMeta)), 8).sizes(),
            expected.sizes());
}

// One tile at column 1, row 0.
TEST(GreyTiles, AreCutInRowMajorOrder) {
  at::Tensor pictures = at::zeros({1, 3, 4, 4});
  pictures.narrow(3, 2, 2).narrow(2, 0, 2).fill_(1);
  const at::Tensor lit = grey_tiles(pictures, 2).sum({1, 2}).gt(0).to(at::kInt);
  EXPECT_TRUE(at::equal(lit, at::tensor({0, 1, 0, 0}, at::kInt)));
}

}  // namespace
}  // namespace gpst
