#include "ops/render_tiles.h"

#include "base/error.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using test::same_bits;
using test::uniform;

constexpr auto kLast = at::MemoryFormat::ChannelsLast;

at::Tensor some_tokens(int64_t tiles, at::ScalarType dtype = at::kFloat) {
  return at::cat({uniform({tiles, 7, 2}, 1, 0.05, 0.5), uniform({tiles, 7, 1}, 2, -0.9, 0.9),
                  uniform({tiles, 7, 2}, 3, -1.2, 1.2), uniform({tiles, 7, 3}, 4, -1, 1)},
                 2)
      .to(dtype);
}

RenderOptions options_of(int64_t tiles) {
  return {.height = 6, .width = 9, .dmax = 3, .tiles = tiles};
}

// Tile (1, 0) of 2 x 2: x in the left half, y in the lower half.
TEST(MergeTileTokens, PutsATileInItsPlace) {
  at::Tensor tokens = at::zeros({4, 1, 6});
  tokens[2][0] = at::tensor({0.5F, 0.25F, 0.1F, 0.0F, 1.0F, 7.0F});
  const at::Tensor merged = merge_tile_tokens(tokens, 2);
  EXPECT_EQ(merged.sizes(), (std::vector<int64_t>{1, 4, 6}));
  EXPECT_TRUE(merged[0][2].equal(at::tensor({0.25F, 0.125F, 0.1F, -0.5F, 1.0F, 7.0F})));
}

TEST(MergeTileTokens, KeepsPicturesApart) {
  const at::Tensor tokens = some_tokens(18);
  EXPECT_TRUE(same_bits(merge_tile_tokens(tokens, 3).narrow(0, 1, 1),
                        merge_tile_tokens(tokens.narrow(0, 9, 9), 3)));
}

TEST(RenderTiles, IsMergingAndRendering) {
  for (const int64_t n : {1, 2, 3}) {
    const at::Tensor tokens = some_tokens(2 * n * n);
    const at::Tensor expected = render(merge_tile_tokens(tokens, n), options_of(n));
    const at::Tensor map = render_tiles(tokens, options_of(n));
    EXPECT_EQ(map.sizes(), (std::vector<int64_t>{2, 3, 6 * n, 9 * n}));
    EXPECT_TRUE(same_bits(map, expected));
  }
}

TEST(RenderTiles, StoresAsAsked) {
  const at::Tensor tokens = some_tokens(4);
  const at::Tensor plain = render_tiles(tokens, options_of(2));
  const at::Tensor last = render_tiles(tokens, options_of(2), {.format = kLast});
  EXPECT_TRUE(last.is_contiguous(kLast));
  EXPECT_TRUE(last.equal(plain));
  const at::Tensor half = render_tiles(tokens, options_of(2), {at::kBFloat16, kLast});
  EXPECT_TRUE(half.is_contiguous(kLast));
  EXPECT_TRUE(half.equal(plain.to(at::kBFloat16)));
  const at::Tensor wide =
      render_tiles(tokens.to(at::kDouble), options_of(2), {.dtype = at::kDouble});
  EXPECT_TRUE(test::near(plain, wide, 3e-6));
}

// Numbers of channels that fill whole vectors and that do not; pictures of a batch by themselves.
TEST(RenderTiles, StoresPixelsOfAnyNumberOfChannels) {
  for (const int64_t channels : {1, 8, 16, 21, 32}) {
    const at::Tensor tokens = at::cat(
        {some_tokens(3).slice(2, 0, 5), uniform({3, 7, channels}, 5, -1, 1, at::kFloat)}, 2);
    const at::Tensor plain = render(tokens, options_of(1));
    const at::Tensor last = render_tiles(tokens, options_of(1), {.format = kLast});
    EXPECT_TRUE(last.equal(plain)) << channels;
    const at::Tensor half = render_tiles(tokens, options_of(1), {at::kBFloat16, kLast});
    EXPECT_TRUE(half.equal(plain.to(at::kBFloat16))) << channels;
    EXPECT_TRUE(same_bits(render_tiles(tokens.slice(0, 1, 2), options_of(1), {.format = kLast}),
                          last.slice(0, 1, 2)));
  }
}

TEST(RenderTiles, KnowsTheShapeWithoutData) {
  const at::Tensor map = render_tiles(at::empty({8, 7, 8}, at::device(at::kMeta)), options_of(2),
                                      {at::kBFloat16, kLast});
  EXPECT_EQ(map.sizes(), (std::vector<int64_t>{2, 3, 12, 18}));
  EXPECT_EQ(map.scalar_type(), at::kBFloat16);
  EXPECT_TRUE(map.is_contiguous(kLast));
}

TEST(RenderTilesErrors, SayWhatWasFound) {
  const auto message = [](const at::Tensor& tokens, const RenderOptions& options,
                          const MapStorage& storage = {}) {
    return message_of<InputError>([&] { render_tiles(tokens, options, storage); });
  };
  const auto says = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  EXPECT_TRUE(says(message(some_tokens(3), options_of(2)), "3 tiles found"));
  EXPECT_TRUE(says(message(some_tokens(4), options_of(0)), "multiple of 0 x 0"));
  EXPECT_TRUE(says(message(at::zeros({4, 8}), options_of(2)), "[4, 8]"));
  EXPECT_TRUE(says(message(some_tokens(1), {.height = 0}), "height"));
  EXPECT_TRUE(says(message(some_tokens(1), options_of(1), {.dtype = at::kHalf}), "Half"));
  EXPECT_TRUE(
      says(message(some_tokens(1), options_of(1), {.format = at::MemoryFormat::ChannelsLast3d}),
           "channels-last"));
  EXPECT_TRUE(says(message(some_tokens(1).requires_grad_(), options_of(1)), "gradient"));
}

}  // namespace
}  // namespace gpst
