#include "tokenizer/config.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/golden.h"

namespace gpst {
namespace {

Config yaml(const std::string& text) { return Config::from_yaml_text(text, "test.yaml"); }

// What reading `text` complains about.
std::string complaint(const std::string& text) {
  try {
    read_tokenizer_options(yaml(text));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(TokenizerConfig, DefaultsAreThePublishedM128) {
  const TokenizerOptions options =
      read_tokenizer_options(yaml("model: {gpsconfig: {gps_num: 128}}"));
  EXPECT_EQ(options.gps.gpsenc_n, 30);
  EXPECT_EQ(options.level_channels(2), 512);
  EXPECT_EQ(options.blocks_of_level(0), 3);
  EXPECT_EQ(options.tile_rule(), TileRule::merge);
}

TEST(TokenizerConfig, ReadsAllThreeShapes) {
  const std::string body = "{decoderconfig: {ch: 64}, gpsconfig: {gps_num: 64}}";
  for (const std::string section : {"tokenizer", "model", "gpstoken"}) {
    const Config config = yaml(section + ": " + body + "\ntrain: {lr: 1}\nloss: {a: b}\n");
    EXPECT_EQ(tokenizer_section(config), section);
    const TokenizerOptions options = read_tokenizer_options(config);
    EXPECT_EQ(options.decoder.ch, 64);
    EXPECT_EQ(options.gps.gps_num, 64);
  }
}

TEST(TokenizerConfig, GeneratorsModelSectionIsNotATokenizer) {
  const Config config = yaml("model: {name: SiT-XL}\ngpstoken: {gpsconfig: {gps_num: 32}}\n");
  EXPECT_EQ(tokenizer_section(config), "gpstoken");
  EXPECT_TRUE(contains(complaint("model: {name: SiT-XL}"), "describes no tokenizer"));
}

TEST(TokenizerConfig, UnknownKeyNamesTheNearest) {
  const std::string message = complaint("model: {gpsconfig: {gps_numm: 64}}");
  EXPECT_TRUE(contains(message, "gps_numm")) << message;
  EXPECT_TRUE(contains(message, "did you mean")) << message;
}

TEST(TokenizerConfig, TilesOfTheModelOf256TokensAreDecodedAlone) {
  const auto rule = [](const std::string& keys) {
    return read_tokenizer_options(yaml("model: {gpsconfig: {" + keys + "}}")).tile_rule();
  };
  EXPECT_EQ(rule("gps_num: 256"), TileRule::alone);
  EXPECT_EQ(rule("gps_num: 255"), TileRule::merge);
  EXPECT_EQ(rule("gps_num: 256, tiles: merge"), TileRule::merge);
  EXPECT_EQ(rule("gps_num: 64, tiles: alone"), TileRule::alone);
}

struct Refused {
  const char* decoder;
  const char* gps;
  const char* named;
};

TEST(TokenizerConfig, RefusesWhatDoesNotFitTogether) {
  const Refused cases[] = {
      {"resolution: 512", "gps_num: 64", "decoderconfig.resolution is 512"},
      {"ch_mult: [1, 2]", "gps_num: 64", "make pictures of 128"},
      {"double_z: true", "gps_num: 64", "double_z"},
      {"attn_resolutions: [16]", "gps_num: 64", "attn_resolutions"},
      {"dropout: 0.1", "gps_num: 64", "dropout"},
      {"in_channels: 1", "gps_num: 64", "RGB"},
      {"z_channels: 32", "gps_c: 16", "z_channels (32)"},
      {"level_blocks: [1]", "gps_num: 64", "level_blocks"},
      {"ch: 100", "gps_num: 64", "norm_groups"},
      {"ch: 128", "stem_channels: 100", "stem_channels (100)"},
      {"ch: 128", "gpsenc_heads: 7", "gpsenc_heads (7)"},
      {"ch: 128", "stem_downsample: 3", "stem_downsample (3)"},
      {"ch: 128", "gps_rs: [64, 32]", "square"},
      {"ch: 128", "gps_rs: [64]", "gps_rs"},
      {"ch: 128", "gps_sigma_init: neither", "gps_sigma_init"},
  };
  for (const Refused& each : cases) {
    const std::string text = std::string("model: {decoderconfig: {") + each.decoder +
                             "}, gpsconfig: {" + each.gps + "}}";
    EXPECT_TRUE(contains(complaint(text), each.named)) << text << "\n" << complaint(text);
  }
}

TEST(TokenizerConfig, FilesOfTheTreeAreValid) {
  const std::string configs = GPST_SOURCE_DIR "/configs/";
  const auto read = [&](const std::string& file) {
    return read_tokenizer_options(Config::from_yaml_file(configs + file));
  };
  EXPECT_EQ(read("imagenet256/s64.yaml").gps.gps_num, 64);
  EXPECT_EQ(read("imagenet256/m128.yaml").gps.gps_num, 128);
  EXPECT_EQ(read("imagenet256/l256.yaml").tile_rule(), TileRule::alone);
  EXPECT_EQ(read("imagenet256/l256.yaml").decoder.z_channels, 32);
  EXPECT_EQ(read("tiny64/tokenizer.yaml").tile_side(), 64);
}

TEST(GoldenTokenizerConfig, PublishedShapesLoadUnchanged) {
  int read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(golden_dir())) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("tokenizer_") && name != "generator") continue;
    const Config config = Config::from_yaml_file((entry.path() / "config.yaml").string());
    EXPECT_EQ(tokenizer_section(config), name == "generator" ? "gpstoken" : "model");
    EXPECT_GT(read_tokenizer_options(config).gps.gps_num, 0) << name;
    ++read;
  }
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace gpst
