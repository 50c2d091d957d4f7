// A tokenizer in another place and type, and several pictures in one call.
#include <gtest/gtest.h>

#include "base/error.h"
#include "nn/placed_weights.h"
#include "tests/support/golden_tensor.h"
#include "tests/support/meta_ops.h"
#include "tests/support/signal_ratio.h"
#include "tests/tokenizer/small_tokenizers.h"

namespace gpst {
namespace {

// [B,3,n*S,n*S], all different.
at::Tensor pictures(int64_t count, int64_t side) {
  std::vector<at::Tensor> all;
  for (int64_t i = 0; i < count; ++i) all.push_back(waves(side).roll({3 * i, 5 * i}, {1, 2}));
  return at::stack(all);
}

TokenizerOptions with_tiles(TokenizerOptions options, TileRule rule) {
  options.gps.tiles = rule;
  return options;
}

// The structures and the ways to decode several tiles.
std::vector<TokenizerOptions> variants() {
  return {tiny_variant(), with_tiles(small_published(), TileRule::merge),
          with_tiles(small_published(), TileRule::alone)};
}

// The head of the geometry starts at zero; here it matters.
Tokenizer busy(const TokenizerOptions& options) {
  const at::NoGradGuard no_grad;
  const auto model = drawn(options);
  at::manual_seed(1);
  model->named_parameters()["to_gps.0.weight"].normal_(0, 0.2);
  return Tokenizer(model);
}

TEST(PlacedTokenizer, Float32IsThePlainOneUpToRounding) {
  for (const TokenizerOptions& options : variants()) {
    const Tokenizer plain = busy(options);
    const Tokenizer placed = plain.to(at::kCPU, at::kFloat);
    const at::Tensor picture = waves(2 * options.tile_side());
    const EncodedPicture expected = plain.encode(picture), found = placed.encode(picture);
    EXPECT_EQ(found.tiles, 2);
    EXPECT_TRUE(at::equal(found.initial.values(), expected.initial.values()));
    EXPECT_TRUE(tensors_close(found.tokens.values(), expected.tokens.values(), {.absolute = 1e-4}));
    EXPECT_TRUE(tensors_close(placed.decode(expected), plain.decode(expected), {.absolute = 1e-4}));
  }
}

TEST(PlacedTokenizer, ABatchHoldsItsPictures) {
  for (const TokenizerOptions& options : variants()) {
    for (const int64_t tiles : {1, 2}) {
      const Tokenizer plain = busy(options);
      const at::Tensor batch = pictures(3, tiles * options.tile_side());
      for (const Tokenizer& tokenizer : {plain.to(at::kCPU, at::kFloat), busy(options)}) {
        const EncodedBatch encoded = tokenizer.encode_batch(batch);
        EXPECT_EQ(encoded.pictures(), 3);
        const at::Tensor decoded = tokenizer.decode_batch(encoded.tokens.values(), tiles);
        for (int64_t i = 0; i < 3; ++i) {
          const EncodedPicture expected = plain.encode(batch[i]), found = encoded.picture(i);
          EXPECT_TRUE(at::equal(found.initial.values(), expected.initial.values()));
          EXPECT_TRUE(
              tensors_close(found.tokens.values(), expected.tokens.values(), {.absolute = 1e-4}));
          EXPECT_TRUE(tensors_close(decoded[i], plain.decode(found), {.absolute = 1e-4}));
        }
      }
    }
  }
}

TEST(PlacedTokenizer, TakesPartitionsFoundBeforehand) {
  const Tokenizer placed = busy(small_published()).to(at::kCPU, at::kFloat);
  const at::Tensor batch = pictures(2, 64);
  const std::vector<std::vector<Partition>> partitions{placed.partition(batch[0]),
                                                       placed.partition(batch[1])};
  EXPECT_TRUE(at::equal(placed.encode_batch(batch, partitions).tokens.values(),
                        placed.encode_batch(batch).tokens.values()));
  EXPECT_THROW(placed.encode_batch(batch.narrow(0, 0, 1), partitions), InputError);
}

TEST(PlacedTokenizer, Bfloat16IsCloseToFloat32) {
  for (const TokenizerOptions& options : variants()) {
    const Tokenizer plain = busy(options);
    const Tokenizer placed = plain.to(at::kCPU, at::kBFloat16);
    EXPECT_EQ(placed.type(), at::kBFloat16);
    const at::Tensor batch = pictures(2, 2 * options.tile_side());
    const EncodedBatch expected = plain.encode_batch(batch), found = placed.encode_batch(batch);
    EXPECT_EQ(found.tokens.values().scalar_type(), at::kFloat);
    EXPECT_GT(signal_ratio_db(found.tokens.geometry(), expected.tokens.geometry()), 50);
    EXPECT_GT(signal_ratio_db(found.tokens.features(), expected.tokens.features()), 40);
    const at::Tensor picture = placed.decode_batch(expected.tokens.values(), 2);
    EXPECT_EQ(picture.scalar_type(), at::kBFloat16);
    EXPECT_GT(signal_ratio_db(picture, plain.decode_batch(expected.tokens.values(), 2)), 40);
  }
}

TEST(PlacedTokenizer, LeavesTheOriginalAsItIs) {
  const Tokenizer plain = busy(small_published());
  const at::Tensor picture = waves(64);
  const at::Tensor before = plain.decode(plain.encode(picture));
  const Tokenizer placed = plain.to(at::kCPU, at::kBFloat16);
  EXPECT_EQ(plain.type(), at::kFloat);
  EXPECT_TRUE(at::equal(plain.decode(plain.encode(picture)), before));
  EXPECT_EQ(placed.decode(placed.encode(picture)).scalar_type(), at::kFloat);
}

TEST(PlacedTokenizer, TouchesOneDeviceOnly) {
  const MetaOps meta_ops;
  for (const TokenizerOptions& options : variants()) {
    const Tokenizer plain = busy(options);
    const Tokenizer placed = plain.to(at::kMeta, at::kBFloat16);
    const int64_t side = 2 * options.tile_side();
    EXPECT_TRUE(placed.encode_batch(pictures(3, side)).tokens.values().is_meta());
    const EncodedBatch encoded = placed.encode_batch(pictures(3, side).to(at::kMeta));
    EXPECT_TRUE(encoded.tokens.values().is_meta());
    const at::Tensor decoded = placed.decode_batch(encoded.tokens.values(), 2);
    EXPECT_TRUE(decoded.is_meta());
    EXPECT_EQ(decoded.sizes(), (std::vector<int64_t>{3, 3, side, side}));
  }
}

// The modules that are trained, not frozen: forward with gradients recorded.
TEST(PlacedTokenizer, TrainingTouchesOneDeviceOnly) {
  const MetaOps meta_ops;
  for (const TokenizerOptions& options : {tiny_variant(), small_published()}) {
    const auto source = drawn(options);
    TokenizerModel model(options);
    place_weights(*source, model, at::kMeta);
    for (at::Tensor& parameter : model.parameters()) parameter.set_requires_grad(true);
    const int64_t side = options.tile_side(), count = 4 * options.gps.gps_num;
    const auto on_meta = at::TensorOptions(at::kMeta).dtype(at::kFloat);
    const at::Tensor tokens =
        model.encode(at::rand({4, 3, side, side}, on_meta), at::rand({4, count / 4, 5}, on_meta),
                     at::rand({4, count / 4, 4}, on_meta));
    EXPECT_TRUE(tokens.requires_grad());
    const at::Tensor picture = model.decode_tiles(tokens, 2);
    EXPECT_TRUE(picture.is_meta() && picture.requires_grad());
    EXPECT_EQ(picture.sizes(), (std::vector<int64_t>{1, 3, 2 * side, 2 * side}));
  }
}

// The host cuts where a device cannot; the tokens are those of the plain tokenizer.
TEST(PlacedTokenizer, AnAttentionMapIsTheHostsBusiness) {
  const Tokenizer plain = busy(small_published());
  const Tokenizer placed = plain.to(at::kCPU, at::kFloat);
  const std::vector<Roi> rois{{.x = 0, .y = 0, .width = 12, .height = 20, .weight = 9}};
  const EncodeOptions options{.attention = weight_map(32, 32, rois)};
  const EncodedBatch found = placed.encode_batch(pictures(2, 32), options);
  EXPECT_FALSE(found.first_bad.defined());
  const EncodedPicture expected = plain.encode(pictures(2, 32)[1], options);
  EXPECT_TRUE(at::equal(found.picture(1).initial.values(), expected.initial.values()));
  EXPECT_FALSE(
      at::equal(expected.initial.values(), plain.encode(pictures(2, 32)[1]).initial.values()));
}

TEST(PlacedTokenizer, ReportsValuesThatAreNotFinite) {
  const Tokenizer plain = busy(small_published());
  const Tokenizer placed = plain.to(at::kCPU, at::kFloat);
  at::Tensor batch = pictures(2, 32);
  placed.encode_batch(batch).check();
  batch[1][2][5][7] = std::numeric_limits<float>::quiet_NaN();
  const EncodedBatch encoded = placed.encode_batch(batch);
  EXPECT_TRUE(encoded.first_bad.defined());
  EXPECT_THROW(encoded.check(), InputError);
  EXPECT_THROW(placed.encode(batch[1]), InputError);
  EXPECT_THROW(plain.encode_batch(batch), InputError);
}

TEST(PlacedTokenizer, RefusesWhatDoesNotFit) {
  const Tokenizer placed = busy(small_published()).to(at::kCPU, at::kFloat);
  EXPECT_THROW(busy(small_published()).to(at::kCPU, at::kDouble), ConfigError);
  EXPECT_THROW(placed.to(at::kCPU, at::kFloat), std::logic_error);
  EXPECT_THROW(placed.encode_batch(waves(32)), InputError);
  EXPECT_THROW(placed.encode_batch(pictures(2, 33)), InputError);
  EXPECT_THROW(placed.encode_batch(pictures(2, 32), {.tokens = 100000}), InputError);
  EXPECT_THROW(placed.decode_batch(at::zeros({3, 8, 9}), 2), InputError);
  EXPECT_THROW(placed.decode_batch(at::zeros({4, 8, 10}), 2), InputError);
}

}  // namespace
}  // namespace gpst
