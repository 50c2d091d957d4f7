#include "cuda/partition.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "base/error.h"
#include "tests/cuda/device_array.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden.h"
#include "tests/tokenizer/golden_partition.h"
#include "tests/tokenizer/partition_helpers.h"
#include "tokenizer/grey.h"
#include "tokenizer/partition.h"

namespace gpst::cuda {
namespace {

using Pictures = std::vector<std::vector<float>>;  // [T][height*width]

struct Tiles {
  int width = 64, height = 64;
  Pictures grey = {};
  Pictures bias = {};  // or none
  int64_t shared_bytes = 96 << 10;
};

struct alignas(16) Chunk {  // of scratch memory
  char bytes[16];
};

struct Outcome {
  std::vector<Partition> tiles;
  std::vector<int> first_bad;
};

std::vector<float> joined(const Pictures& pictures) {
  std::vector<float> all;
  for (const auto& picture : pictures) all.insert(all.end(), picture.begin(), picture.end());
  return all;
}

Outcome on_device(const Tiles& tiles, const PartitionOptions& options) {
  const PartitionGraph graph =
      partition_graph(tiles.width, tiles.height, options.minhw, options.tokens);
  const DeviceArray<PartitionNode> nodes(graph.nodes);
  const DeviceArray<double> terms(entropy_terms());
  const DeviceArray<float> grey(joined(tiles.grey)), bias(joined(tiles.bias));
  const PartitionTiles source = {grey.data(), tiles.bias.empty() ? nullptr : bias.data(),
                                 std::ssize(tiles.grey), tiles.width, tiles.height};
  const PartitionTables tables = {nodes.data(), std::ssize(graph.nodes), graph.cuttable,
                                  terms.data(), tiles.shared_bytes};
  const PartitionRule rule = {options.tokens, options.exponent,
                              options.square_tie == SquareTie::width, options.allow_duplicates};
  const size_t count = tiles.grey.size(), rows = static_cast<size_t>(rule.rows());
  const DeviceArray<int32_t> regions(count * rows * 4), counts(count), first_bad(count);
  const DeviceArray<double> complexity(count * rows);
  const DeviceArray<Chunk> scratch(
      static_cast<size_t>(partition_scratch_bytes(source, tables, rule)) / sizeof(Chunk));
  partition_tiles(source, tables, rule,
                  {regions.data(), complexity.data(), counts.data(), first_bad.data()},
                  scratch.data(), nullptr);

  Outcome outcome = {std::vector<Partition>(count), first_bad.read()};
  const std::vector<int32_t> bounds = regions.read(), used = counts.read();
  const std::vector<double> keys = complexity.read();
  for (size_t t = 0; t < count; ++t) {
    for (size_t i = 0; i < static_cast<size_t>(used[t]); ++i) {
      const int32_t* b = bounds.data() + (t * rows + i) * 4;
      outcome.tiles[t].regions.push_back({b[0], b[1], b[2], b[3]});
      outcome.tiles[t].complexity.push_back(keys[t * rows + i]);
    }
  }
  return outcome;
}

// Same regions, same order, same bits of the keys.
void expect_the_host_s(const Tiles& tiles, const PartitionOptions& options) {
  const Outcome actual = on_device(tiles, options);
  for (size_t t = 0; t < tiles.grey.size(); ++t) {
    SCOPED_TRACE("tile " + std::to_string(t) + ", tokens " + std::to_string(options.tokens));
    const std::vector<float> none;
    const Partition expected = partition_tile(tiles.grey[t], tiles.width, tiles.height, options,
                                              tiles.bias.empty() ? none : tiles.bias[t]);
    EXPECT_EQ(actual.first_bad[t], -1);
    EXPECT_EQ(actual.tiles[t].regions, expected.regions);
    EXPECT_EQ(actual.tiles[t].complexity, expected.complexity);
  }
}

Pictures noisy(int count, int width, int height) {
  Pictures pictures;
  for (int i = 0; i < count; ++i) pictures.push_back(noisy_picture(width, height, 5 + i));
  return pictures;
}

TEST(Partition, IsTheHostsForEveryNumberOfTokens) {
  const Tiles tiles = {.grey = noisy(1, 64, 64)};
  for (const int tokens : {1, 2, 3, 37, 64}) expect_the_host_s(tiles, {.tokens = tokens});
  expect_the_host_s({.width = 256, .height = 1, .grey = noisy(1, 256, 1)},
                    {.tokens = 255, .minhw = 0});
}

TEST(Partition, TilesOfABatchDoNotMix) {
  Tiles tiles = {.grey = noisy(3, 64, 64)};
  tiles.grey.push_back(std::vector<float>(64 * 64, 0.25f));
  expect_the_host_s(tiles, {.tokens = 13, .minhw = 16});
}

TEST(Partition, SidesMayDifferAndBeOdd) {
  struct Size {
    int width, height, minhw, tokens;
  };
  for (const auto& [width, height, minhw, tokens] :
       {Size{96, 40, 12, 11}, {33, 17, 8, 7}, {50, 67, 12, 19}, {5, 90, 8, 9}, {1, 1, 0, 1}}) {
    expect_the_host_s({.width = width, .height = height, .grey = noisy(2, width, height)},
                      {.tokens = tokens, .minhw = minhw});
  }
}

// Every key ties: ages alone decide.
TEST(Partition, EqualRegionsStayInTheirOrder) {
  const Tiles tiles = {.grey = {std::vector<float>(64 * 64, -0.3f)}};
  for (const SquareTie tie : {SquareTie::height, SquareTie::width}) {
    for (const int tokens : {2, 5, 16}) {
      expect_the_host_s(tiles, {.tokens = tokens, .minhw = 16, .square_tie = tie});
    }
  }
}

TEST(Partition, PowersAreTheHosts) {
  const Tiles tiles = {.grey = noisy(1, 64, 64)};
  for (const double exponent : {0.0, 0.5, 1.0, 3.0, 16.0}) {
    expect_the_host_s(tiles, {.tokens = 4, .minhw = 31, .exponent = exponent});
  }
}

// Straight ramps whose slopes lie on the edges between two bins or beside them: most pixels are
// decided in double. And steps so high that magnitudes are dropped.
TEST(Partition, MagnitudesAtTheEdgesOfBinsAreCountedAsOnTheHost) {
  Pictures pictures;
  for (const double slope : {1.0, 1 + 1e-6, 1 - 1e-6, 2.5}) {
    std::vector<float> ramp(64 * 64);
    for (int i = 0; i < 64 * 64; ++i) {
      // Eight differences of unit grey are the magnitude: 4 bins, or about that.
      ramp[i] = static_cast<float>((i % 64) * slope * 2 * 4 * (11.0 / 512) / 8 - 1);
    }
    pictures.push_back(std::move(ramp));
  }
  std::vector<float> steps = noisy_picture(64, 64, 3);
  for (float& value : steps) value *= 9;
  pictures.push_back(std::move(steps));
  expect_the_host_s({.grey = pictures}, {.tokens = 9, .minhw = 16});
}

TEST(Partition, BiasIsAddedInTheHostsOrder) {
  Tiles tiles = {.width = 40, .height = 150, .grey = noisy(2, 40, 150), .bias = noisy(2, 40, 150)};
  for (float& weight : tiles.bias[1]) weight *= 1e4f;
  expect_the_host_s(tiles, {.tokens = 12, .minhw = 20});
}

TEST(Partition, DuplicatesAreTheHosts) {
  const Tiles tiles = {.grey = noisy(1, 64, 64)};
  for (const int tokens : {16, 17, 40, 41}) {
    expect_the_host_s(tiles, {.tokens = tokens, .minhw = 16, .allow_duplicates = true});
  }
  expect_the_host_s({.width = 32, .height = 12, .grey = noisy(1, 32, 12)},
                    {.tokens = 9, .minhw = 8, .allow_duplicates = true});
}

TEST(Partition, ATableTooLongForSharedMemoryGivesTheSame) {
  Tiles tiles = {.grey = noisy(2, 64, 64), .shared_bytes = 0};
  expect_the_host_s(tiles, {.tokens = 12, .minhw = 16});
  expect_the_host_s(tiles, {.tokens = 21, .minhw = 16, .allow_duplicates = true});
}

TEST(Partition, ValuesThatAreNoNumbersAreReported) {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Tiles tiles = {.grey = noisy(5, 64, 64), .bias = noisy(5, 64, 64)};
  tiles.grey[1][77] = tiles.grey[1][900] = kNaN;
  tiles.grey[2][4095] = -kInfinity;
  tiles.grey[3][5] = 16.5f;
  tiles.bias[3][4] = kNaN;
  tiles.bias[4][8] = kInfinity;
  const PartitionOptions options = {.tokens = 4, .minhw = 31};
  const Outcome outcome = on_device(tiles, options);
  EXPECT_EQ(outcome.first_bad, (std::vector<int>{-1, 77, 4095, 5, 4096 + 8}));
  EXPECT_EQ(outcome.tiles[0].regions,
            partition_tile(tiles.grey[0], 64, 64, options, tiles.bias[0]).regions);
  for (size_t t = 1; t < 5; ++t) EXPECT_TRUE(outcome.tiles[t].regions.empty());
}

TEST(Partition, RefusesWhatItCannotKeepEqual) {
  const Tiles tiles = {.width = 8, .height = 8, .grey = noisy(1, 8, 8)};
  for (const double exponent : {2.3, -1.0, 16.5}) {
    EXPECT_THROW(on_device(tiles, {.tokens = 1, .exponent = exponent}), InputError) << exponent;
  }
  const std::string message =
      message_of<InputError>([&] { on_device(tiles, {.tokens = 1, .exponent = 2.3}); });
  EXPECT_NE(message.find("multiple of 0.5"), std::string::npos) << message;
  EXPECT_THROW(on_device(tiles, {.tokens = 9000, .allow_duplicates = true}), InputError);
}

TEST(Partition, NoTilesNoLaunch) {
  EXPECT_TRUE(on_device({.width = 8, .height = 8}, {.tokens = 1}).tiles.empty());
}

TEST(PartitionGraph, CountsWhatTheHostCounts) {
  const PartitionGraph usual = partition_graph(256, 256, 8, 128);
  EXPECT_EQ(usual.nodes.size(), 2729u);
  EXPECT_EQ(usual.cuttable, 1705);
  for (const int width : {1, 7, 9, 16, 33, 64, 100}) {
    for (const int height : {1, 8, 17, 40, 64}) {
      for (const int minhw : {0, 3, 8}) {
        const int most = max_regions(width, height, minhw);
        EXPECT_EQ(partition_graph(width, height, minhw, most + 1).most_regions, most)
            << width << " x " << height << ", " << minhw;
      }
    }
  }
}

// Few tokens reach few regions.
TEST(PartitionGraph, EndsWhereTheTokensEnd) {
  EXPECT_EQ(partition_graph(256, 256, 8, 1).nodes.size(), 1u);
  EXPECT_EQ(partition_graph(256, 256, 8, 2).nodes.size(), 5u);
  EXPECT_FALSE(partition_graph(64, 1, 8, 9).has_rows);
  EXPECT_TRUE(partition_graph(64, 16, 8, 9).has_rows);
}

TEST(PartitionGolden, RegionsAreThoseOfTheOriginal) {
  const nlohmann::json cases = golden_json("partition/cases.json")["cases"];
  // The whole set runs on the host. Here what an emulator evaluates in a few seconds: small tables,
  // and one of the usual size.
  int64_t small_left = 500, large_left = 1;
  size_t tested = 0;
  for (const auto& c : cases) {
    if (!c["same_partition_with_plain_resize"] || !c["bias_file"].is_null() || c["tiles"] != 1) {
      continue;
    }
    const int side = c["ps"], minhw = c["minhw"], tokens = c["l"];
    const int64_t evaluations = partition_graph(side, side, minhw, tokens).cuttable;
    const bool is_small = evaluations < 500;
    if (is_small ? evaluations > small_left : large_left == 0 || tokens < 128) continue;
    (is_small ? small_left : large_left) -= is_small ? evaluations : 1;
    SCOPED_TRACE(c["name"].get<std::string>());
    const SafetensorsFile images = open_partition_file(c["image_file"]);
    const Pictures grey = {
        grey_of(golden_picture(images.get(c["image_tensor"].get<std::string>())), side, side)};
    const Outcome outcome = on_device({.width = side, .height = side, .grey = grey},
                                      {.tokens = tokens, .minhw = minhw, .exponent = c["weight"]});
    std::vector<int32_t> bounds;
    for (const Region& r : outcome.tiles[0].regions) {
      bounds.insert(bounds.end(), {r.x0, r.y0, r.x1, r.y1});
    }
    EXPECT_EQ(bounds, golden_values<int32_t>(open_partition_file(c["file"]).get("final_regions")));
    ++tested;
  }
  EXPECT_GE(tested, 2u);
}

}  // namespace
}  // namespace gpst::cuda
