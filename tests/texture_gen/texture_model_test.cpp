#include "texture_gen/texture_model.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/log.h"
#include "nn/weights.h"
#include "ops/token_columns.h"
#include "tokenizer/config.h"

namespace gpst {
namespace {

TextureOptions tiny() {
  TextureOptions options;
  options.model.name = "tiny";
  options.model.depth = 1;
  options.model.hidden_size = 16;
  options.model.num_heads = 2;
  options.model.num_classes = 3;
  options.model.in_channels = 8;
  options.statistics.mean.assign(8, 0.0);
  options.statistics.std.assign(8, 1.0);
  return options;
}

TEST(TextureOptions, ReadBothShapes) {
  const std::string section =
      "pretrained_gpstoken_means: [0, 1]\npretrained_gpstoken_stds: [1, 2]\n"
      "transport: {path_type: Linear, prediction: velocity, loss_weight: null}\n"
      "model: {name: SiT-XL/2-gs, latent_size: 128, num_classes: 1000, in_channels: 21}\n";
  const TextureOptions published =
      read_texture_options(Config::from_yaml_text(section, "published"));
  EXPECT_EQ(published.statistics.std, (std::vector<double>{1, 2}));
  EXPECT_EQ(published.model.resolved().depth, 28);
  const TextureOptions own = read_texture_options(Config::from_yaml_text(
      "texture:\n  condition_encoding: octaves\n  model: {depth: 3, name: own}\n", "own"));
  EXPECT_EQ(own.condition_encoding, ConditionEncoding::octaves);
  EXPECT_EQ(own.model.depth, 3);
  EXPECT_THROW(read_texture_options(Config::from_yaml_text("tokenizer: {}\n", "none")),
               ConfigError);
  EXPECT_THROW(
      read_texture_options(Config::from_yaml_text("texture: {condition_nois: 1}\n", "wrong")),
      ConfigError);
}

TEST(TextureOptions, OfTheShippedConfigurations) {
  const std::string folder = GPST_SOURCE_DIR "/configs/";
  const TextureOptions large =
      read_texture_options(Config::from_yaml_file(folder + "imagenet256/texture.yaml"));
  EXPECT_NO_THROW(large.check_for_sampling());
  EXPECT_EQ(large.model.resolved().hidden_size, 1152);
  const TextureOptions small =
      read_texture_options(Config::from_yaml_file(folder + "tiny64/texture.yaml"));
  EXPECT_EQ(small.condition_encoding, ConditionEncoding::octaves);
  const TokenizerOptions tokenizer =
      read_tokenizer_options(Config::from_yaml_file(folder + "tiny64/tokenizer.yaml"));
  EXPECT_EQ(small.model.in_channels, kGeometry + tokenizer.gps.gps_c);
  EXPECT_EQ(small.model.latent_size, tokenizer.gps.gps_num);
}

TEST(TextureModel, LoadsWhatWasSaved) {
  const std::filesystem::path path =
      std::filesystem::path(::testing::TempDir()) / "texture_model_test.safetensors";
  const TextureModel model = TextureModel::fresh(tiny(), 1);
  save_weights(path, model.net().module(), DType::f32);
  const TextureModel again = TextureModel::load(tiny(), SafetensorsFile::open(path), Log::silent());
  TextureOptions wider = tiny();
  wider.model.hidden_size = 32;
  EXPECT_THROW(TextureModel::load(wider, SafetensorsFile::open(path), Log::silent()), InputError);
  const NamedTensors saved = named_state(model.net().module());
  const NamedTensors loaded = named_state(again.net().module());
  for (size_t i = 0; i < saved.size(); ++i) {
    EXPECT_TRUE(saved[i].second.equal(loaded[i].second)) << saved[i].first;
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace gpst
