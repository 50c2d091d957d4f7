// Encoder and decoder without golden data: variants of the structure, and properties.
#include "tokenizer/model.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "nn/weights.h"
#include "ops/token_columns.h"
#include "tests/support/golden_tensor.h"
#include "tests/tokenizer/small_tokenizers.h"

namespace gpst {
namespace {

std::set<std::string> names_of(const TokenizerModel& model) {
  std::set<std::string> names;
  for (const auto& [name, tensor] : named_state(model)) names.insert(name);
  return names;
}

TEST(TokenizerModel, TinyVariantHasItsOwnStructure) {
  const auto model = drawn(tiny_variant());
  const std::set<std::string> names = names_of(*model);
  EXPECT_FALSE(names.contains("decoder.mid.attn_1.q.weight"));
  EXPECT_FALSE(names.contains("preprocess_img.1.temb_proj.weight"));
  EXPECT_FALSE(names.contains("decoder.up.0.block.0.nin_shortcut.weight"));
  const auto parameters = model->named_parameters();
  EXPECT_EQ(parameters["decoder.up.1.upsample.conv.weight"].sizes(),
            (std::vector<int64_t>{48, 96, 3, 3}));
  EXPECT_EQ(parameters["preprocess_img.0.weight"].sizes(), (std::vector<int64_t>{48, 12, 3, 3}));
  int64_t count = 0;
  for (const at::Tensor& parameter : model->parameters()) count += parameter.numel();
  EXPECT_NEAR(static_cast<double>(count), 3.40e6, 0.1e6);
}

TEST(TokenizerModel, ReconstructsTheRightShapeInEveryVariant) {
  for (const TokenizerOptions& options : {tiny_variant(), small_published()}) {
    const Tokenizer tokenizer(drawn(options));
    const int64_t side = options.tile_side();
    const EncodedPicture encoded = tokenizer.encode(waves(side));
    EXPECT_EQ(encoded.tokens.values().sizes(),
              (std::vector<int64_t>{1, options.gps.gps_num, kGeometry + options.gps.gps_c}));
    const at::Tensor picture = tokenizer.decode(encoded);
    EXPECT_EQ(picture.sizes(), (std::vector<int64_t>{3, side, side}));
    EXPECT_TRUE(at::isfinite(picture).all().item<bool>());
  }
}

TEST(TokenizerModel, TrainingStartsFromThePartition) {
  const Tokenizer tokenizer(drawn(small_published()));
  const EncodedPicture encoded = tokenizer.encode(waves(32));
  EXPECT_TRUE(
      tensors_close(encoded.tokens.geometry(), encoded.initial.values(), {.absolute = 1e-6}));
}

TEST(TokenizerModel, InitialiseDependsOnNothingButTheSeed) {
  const auto a = named_state(*drawn(small_published(), 5));
  const auto b = named_state(*drawn(small_published(), 5));
  const auto c = named_state(*drawn(small_published(), 6));
  size_t different = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(at::equal(a[i].second, b[i].second)) << a[i].first;
    different += at::equal(a[i].second, c[i].second) ? 0 : 1;
  }
  EXPECT_GT(different, a.size() / 2);
}

// W applied to every bin, bins weighted afterwards: what the published program does.
TEST(TokenizerModel, BinsFirstGivesTheSameFeatures) {
  const auto model = drawn(small_published());
  const at::NoGradGuard no_grad;
  const auto parameters = model->named_parameters();
  const at::Tensor rois = at::arange(3 * 8 * 2 * 2, at::kFloat).sin().view({3, 8, 2, 2});
  const at::Tensor projected = at::conv2d(rois, parameters["roialign_layer.weight"],
                                          parameters["roialign_layer.bias"])
                                   .flatten(2);  // [B*l,C,r*r]
  const at::Tensor features = model->encoder().block_features(rois);
  for (int64_t block = 0; block < 2; ++block) {
    const std::string name = "attnblocks." + std::to_string(block) + ".roimlp.";
    const at::Tensor expected =
        at::linear(projected, parameters[name + "weight"], parameters[name + "bias"]).squeeze(2);
    EXPECT_TRUE(tensors_close(features[block], expected, {.relative = 1e-5}));
  }
}

TEST(TokenizerModel, AnyNumberOfTokensIsLegal) {
  const Tokenizer tokenizer(drawn(small_published()));
  for (const int64_t tokens : {1, 3, 20}) {
    const EncodedPicture encoded = tokenizer.encode(waves(32), {.tokens = tokens});
    EXPECT_EQ(encoded.tokens.tokens(), tokens);
    EXPECT_EQ(tokenizer.decode(encoded).size(1), 32);
  }
}

// Tiles alone: each part of the picture is what its tile gives by itself.
TEST(TokenizerModel, TilesAloneAreIndependent) {
  TokenizerOptions options = small_published();
  options.gps.tiles = TileRule::alone;
  const Tokenizer tokenizer(drawn(options));
  const at::Tensor picture = waves(64);
  const at::Tensor whole = tokenizer.decode(tokenizer.encode(picture));
  const at::Tensor lower_left = picture.slice(1, 32, 64).slice(2, 0, 32).contiguous();
  const at::Tensor alone = tokenizer.decode(tokenizer.encode(lower_left));
  EXPECT_TRUE(at::equal(whole.slice(1, 32, 64).slice(2, 0, 32), alone));
}

TEST(TokenizerModel, MergedTilesMakeOnePictureOfTheFullSize) {
  const Tokenizer tokenizer(drawn(small_published()));
  const EncodedPicture encoded = tokenizer.encode(waves(96));
  EXPECT_EQ(encoded.tiles, 3);
  EXPECT_EQ(tokenizer.decode(encoded).sizes(), (std::vector<int64_t>{3, 96, 96}));
}

TEST(TokenizerModel, ThreadsGetTheSameBytes) {
  const Tokenizer tokenizer(drawn(small_published()));
  const at::Tensor picture = waves(32);
  std::vector<at::Tensor> results(3);
  std::vector<std::thread> threads;
  for (at::Tensor& result : results) {
    threads.emplace_back(
        [&tokenizer, &picture, &result] { result = tokenizer.decode(tokenizer.encode(picture)); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(at::equal(results[0], results[1]));
  EXPECT_TRUE(at::equal(results[0], results[2]));
}

TEST(TokenizerModel, ZeroSigmaStaysZero) {
  const at::Tensor initial = at::zeros({1, 1, kGeometry});
  const at::Tensor refined = refine_geometry(initial, at::full({1, 1, kGeometry}, 0.7));
  EXPECT_EQ(refined[0][0][kSigmaX].item<float>(), 0.0F);
  EXPECT_GT(refined[0][0][kX].item<float>(), 0.0F);
}

TEST(TokenizerModel, RefusesWrongInput) {
  const Tokenizer tokenizer(drawn(small_published()));
  EXPECT_THROW(tokenizer.encode(waves(33)), InputError);
  EXPECT_THROW(tokenizer.encode(waves(32).slice(0, 0, 1)), InputError);
  EXPECT_THROW(tokenizer.encode(waves(32).slice(1, 0, 16)), InputError);
  EXPECT_THROW(tokenizer.encode(waves(32).to(at::kDouble)), InputError);
  EXPECT_THROW(tokenizer.encode(waves(32), {.tokens = 100000}), InputError);
  EXPECT_THROW(tokenizer.decode(Tokens(at::zeros({2, 8, 9})), 1), InputError);
  EXPECT_THROW(tokenizer.decode(Tokens(at::zeros({1, 8, 10})), 1), InputError);
}

}  // namespace
}  // namespace gpst
