#include "tokenizer/partition.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

#include "base/error.h"
#include "tests/tokenizer/partition_helpers.h"

namespace gpst {
namespace {

PartitionOptions options_of(int tokens, int minhw) {
  PartitionOptions options;
  options.tokens = tokens;
  options.minhw = minhw;
  return options;
}

std::string message_of(const PartitionOptions& options, int side) {
  try {
    partition_tile(noisy_picture(side, side, 1), side, side, options);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Partition, GivesAnyNumberOfTokensAndTilesTheSquare) {
  const int side = 64, minhw = 4;
  const std::vector<float> grey = noisy_picture(side, side, 3);
  for (int tokens = 1; tokens <= max_regions(side, side, minhw); ++tokens) {
    const Partition partition = partition_tile(grey, side, side, options_of(tokens, minhw));
    ASSERT_EQ(static_cast<int>(partition.regions.size()), tokens);
    ASSERT_EQ(partition.complexity.size(), partition.regions.size());
    ASSERT_TRUE(tiles_exactly(partition.regions, side, side)) << tokens << " tokens";
  }
}

TEST(Partition, WorksOnAwkwardSizes) {
  for (const auto& [width, height] : {std::pair{67, 67}, {48, 80}, {5, 61}, {9, 9}, {1, 1}}) {
    const std::vector<float> grey = noisy_picture(width, height, 5);
    const int most = max_regions(width, height, 4);
    const Partition partition = partition_tile(grey, width, height, options_of(most, 4));
    EXPECT_TRUE(tiles_exactly(partition.regions, width, height)) << width << " x " << height;
    for (const Region& region : partition.regions) EXPECT_FALSE(can_be_cut(region, 4));
  }
}

TEST(Partition, IsTheSameEveryTime) {
  const std::vector<float> grey = noisy_picture(128, 128, 7);
  const Partition first = partition_tile(grey, 128, 128, options_of(100, 8));
  const Partition second = partition_tile(grey, 128, 128, options_of(100, 8));
  EXPECT_EQ(first.regions, second.regions);
  EXPECT_EQ(first.complexity, second.complexity);
}

TEST(Partition, PutsTokensWhereTheDetailIs) {
  std::vector<float> grey = noisy_picture(128, 128, 9);
  for (int y = 0; y < 128; ++y) std::fill_n(grey.begin() + y * 128, 64, 0.25f);
  const Partition partition = partition_tile(grey, 128, 128, options_of(40, 8));
  const auto in_flat_half = std::count_if(partition.regions.begin(), partition.regions.end(),
                                          [](const Region& r) { return r.x1 < 64; });
  EXPECT_EQ(in_flat_half, 1);
}

TEST(Partition, BiasMovesTokens) {
  const std::vector<float> grey = noisy_picture(128, 128, 11);
  std::vector<float> bias(grey.size());
  for (int y = 0; y < 32; ++y) std::fill_n(bias.begin() + y * 128, 32, 1000.0f);
  const auto in_corner = [](const Partition& partition) {
    return std::count_if(partition.regions.begin(), partition.regions.end(),
                         [](const Region& r) { return r.x1 < 32 && r.y1 < 32; });
  };
  const auto options = options_of(64, 8);
  const auto without = in_corner(partition_tile(grey, 128, 128, options));
  const Partition biased = partition_tile(grey, 128, 128, options, bias);
  EXPECT_EQ(in_corner(biased), 16);  // all that fit
  EXPECT_LT(without, 16);
  EXPECT_TRUE(tiles_exactly(biased.regions, 128, 128));
}

TEST(Partition, CutsATiedSquareAsAsked) {
  const std::vector<float> flat(64 * 64, 0.5f);
  PartitionOptions options = options_of(2, 8);
  EXPECT_EQ(partition_tile(flat, 64, 64, options).regions[0], (Region{0, 0, 63, 31}));
  options.square_tie = SquareTie::width;
  EXPECT_EQ(partition_tile(flat, 64, 64, options).regions[0], (Region{0, 0, 31, 63}));
}

TEST(Partition, SmallSideIsOneMoreThanMinhw) {
  EXPECT_FALSE(can_be_cut(whole_tile(9, 9), 8));
  EXPECT_TRUE(can_be_cut(whole_tile(10, 9), 8));
  EXPECT_EQ(max_regions(9, 9, 8), 1);
  EXPECT_EQ(max_regions(10, 10, 8), 4);
  EXPECT_EQ(max_regions(256, 256, 8), 1024);
  EXPECT_EQ(max_regions(64, 64, 4), 256);
  EXPECT_EQ(smallest_side(256, 8), 8);
  EXPECT_EQ(smallest_side(64, 4), 4);
  EXPECT_EQ(smallest_side(64, 0), 1);
}

TEST(Partition, RefusesMoreTokensThanFit) {
  const std::string message = message_of(options_of(17, 16), 64);
  EXPECT_NE(message.find("17 tokens asked, at most 16 fit"), std::string::npos) << message;
  EXPECT_NE(message.find("minhw 16"), std::string::npos) << message;
}

TEST(Partition, DuplicatesWhenAllowed) {
  PartitionOptions options = options_of(19, 16);
  options.allow_duplicates = true;
  const Partition partition = partition_tile(noisy_picture(64, 64, 1), 64, 64, options);
  EXPECT_EQ(partition.regions.size(), 20u);  // two at a time
  std::vector<Region> cover;
  for (size_t i = 0; i < partition.regions.size(); ++i) {
    if (partition.complexity[i] != 1e6) cover.push_back(partition.regions[i]);
  }
  EXPECT_TRUE(tiles_exactly(cover, 64, 64));
}

TEST(Partition, CannotDuplicateWhatWasNeverCut) {
  PartitionOptions options = options_of(2, 64);
  options.allow_duplicates = true;
  EXPECT_NE(message_of(options, 64).find("at most 1 fit"), std::string::npos);
}

TEST(Partition, RefusesBadInput) {
  const std::vector<float> grey = noisy_picture(16, 16, 1);
  EXPECT_THROW(partition_tile(grey, 16, 15, {}), InputError);
  EXPECT_THROW(partition_tile(grey, 0, 16, {}), InputError);
  EXPECT_THROW(partition_tile(grey, 16, 16, options_of(0, 8)), InputError);
  EXPECT_THROW(partition_tile(grey, 16, 16, options_of(1, -1)), InputError);
  const std::vector<float> short_bias(10);
  EXPECT_THROW(partition_tile(grey, 16, 16, options_of(1, 8), short_bias), InputError);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), 255.0f}) {
    std::vector<float> picture = grey;
    picture[35] = bad;
    try {
      partition_tile(picture, 16, 16, options_of(1, 8));
      ADD_FAILURE() << bad << " was accepted";
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("x=3, y=2"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace gpst
