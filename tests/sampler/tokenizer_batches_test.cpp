#include "sampler/tokenizer_batches.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "eval/pixel_metrics.h"
#include "tests/support/tiny_sampler.h"
#include "tokenizer/picture_tensor.h"

namespace gpst {
namespace {

std::vector<at::Tensor> random_pictures(int64_t count, int64_t side) {
  at::manual_seed(4);
  std::vector<at::Tensor> pictures;
  for (int64_t i = 0; i < count; ++i) pictures.push_back(at::rand({3, side, side}) * 2 - 1);
  return pictures;
}

bool near(const at::Tensor& a, const at::Tensor& b) { return at::allclose(a, b, 1e-4, 1e-5); }

TEST(TokenizerBatches, EncodesLikeTheTokenizerOfOnePicture) {
  const Tokenizer tokenizer = tiny_tokenizer();
  for (const int64_t side : {32, 64}) {  // one tile, four tiles
    const auto pictures = random_pictures(3, side);
    const auto made = TokenizerBatches(tokenizer).encode(pictures, {})();
    ASSERT_EQ(made.size(), 3U);
    for (size_t i = 0; i < 3; ++i) {
      const EncodedPicture expected = tokenizer.encode(pictures[i]);
      EXPECT_EQ(made[i].encoded->tiles, expected.tiles);
      EXPECT_TRUE(near(made[i].encoded->initial.values(), expected.initial.values()));
      EXPECT_TRUE(near(made[i].encoded->tokens.values(), expected.tokens.values()));
    }
  }
}

TEST(TokenizerBatches, ReconstructsLikeTheTokenizerOfOnePicture) {
  const Tokenizer tokenizer = tiny_tokenizer();
  const auto pictures = random_pictures(3, 64);
  const auto made =
      TokenizerBatches(tokenizer).reconstruct(pictures, {.tokens = 5}, Rounding::nearest)();
  for (size_t i = 0; i < 3; ++i) {
    const Picture8 expected = picture_from(
        tokenizer.decode(tokenizer.encode(pictures[i], {.tokens = 5})), Rounding::nearest);
    EXPECT_GT(psnr(made[i].decoded, expected).value_or(200), 60);
    EXPECT_EQ(made[i].encoded->tokens.tokens(), 5);
  }
}

TEST(TokenizerBatches, DecodesTokensOfDifferentShapesInOneCall) {
  const Tokenizer tokenizer = tiny_tokenizer();
  std::vector<EncodedPicture> tokens;
  for (const at::Tensor& picture : random_pictures(2, 32)) {
    tokens.push_back(tokenizer.encode(picture));
  }
  tokens.push_back(tokenizer.encode(random_pictures(1, 64)[0]));
  tokens.push_back(tokenizer.encode(random_pictures(1, 32)[0], {.tokens = 3}));
  const auto made = TokenizerBatches(tokenizer).decode(tokens, Rounding::truncate)();
  ASSERT_EQ(made.size(), tokens.size());
  for (size_t i = 0; i < made.size(); ++i) {
    const Picture8 expected = picture_from(tokenizer.decode(tokens[i]), Rounding::truncate);
    EXPECT_GT(psnr(made[i].decoded, expected).value_or(200), 60);
  }
}

TEST(TokenizerBatches, APictureThatIsRefusedCostsItselfOnly) {
  const Tokenizer tokenizer = tiny_tokenizer();
  std::vector<EncodedPicture> tokens;
  for (const at::Tensor& picture : random_pictures(3, 32)) {
    tokens.push_back(tokenizer.encode(picture));
  }
  tokens[1].tokens = Tokens(at::full_like(tokens[1].tokens.values(), NAN));
  const auto made = TokenizerBatches(tokenizer).decode(tokens, Rounding::truncate)();
  EXPECT_TRUE(made[0].problem.empty());
  EXPECT_FALSE(made[1].problem.empty());
  EXPECT_TRUE(made[2].problem.empty());
  EXPECT_FALSE(made[2].decoded.empty());
}

}  // namespace
}  // namespace gpst
