#include "train/export_model.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "tests/support/temporary_folder.h"
#include "texture_gen/texture_options.h"
#include "tokenizer/config.h"
#include "train/checkpoint.h"

namespace gpst {
namespace {

const char kTokenizerConfig[] =
    "model:\n"
    "  decoderconfig: {z_channels: 2, resolution: 32, ch: 8, ch_mult: [1, 1]}\n"
    "  gpsconfig: {gps_c: 2, gps_num: 8, gps_rs: [16, 16], gps_minhw: 4, norm_groups: 4}\n"
    "train: {lr: 0.001}\n";
const char kTextureConfig[] =
    "texture:\n"
    "  pretrained_gpstoken_means: [0, 0, 0, 0, 0, 1, 2]\n"
    "  pretrained_gpstoken_stds: [1, 1, 1, 1, 1, 2, 3]\n"
    "  model: {name: tiny, depth: 1, hidden_size: 8, num_heads: 2, in_channels: 7}\n"
    "train: {lr: 0.001}\n";

std::string without_statistics(std::string config) {
  const size_t first = config.find("  pretrained");
  return config.erase(first, config.find("  model") - first);
}

class ExportTest : public testing::Test {
 protected:
  // A run with one checkpoint: `w` of the average, 2 w of the model itself.
  std::filesystem::path run(const std::string& stage, const std::string& config,
                            float w = 0.1f) const {
    const auto folder = folder_ / ("run_" + stage);
    const nlohmann::json state = {
        {"stage", stage}, {"config", config}, {"record", {{"kept", true}}}};
    const NamedTensors average = {{"w", at::full({3}, w)}, {"count", at::full({1}, 4, at::kLong)}};
    const NamedTensors model = {{"w", at::full({3}, 2 * w)}, {"count", average[1].second}};
    write_checkpoint(folder, 50, {model, average, {}, state.dump()}, 1);
    return folder;
  }

  std::vector<ExportedPart> export_runs(const std::vector<std::filesystem::path>& runs,
                                        const ExportOptions& options = {}) const {
    return export_model(runs, options, model(), Log::silent());
  }

  std::filesystem::path model() const { return folder_ / "model"; }
  SafetensorsFile weights(const std::string& stage) const {
    return SafetensorsFile::open((model() / (stage + ".safetensors")).string());
  }
  std::string text(const std::string& name) const { return read_file((model() / name).string()); }

  TemporaryFolder folder_;
};

TEST_F(ExportTest, the_average_becomes_the_weights) {
  const auto parts = export_runs({run("tokenizer", kTokenizerConfig)}, {.dtype = DType::bf16});
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].stage, "tokenizer");
  EXPECT_EQ(parts[0].step, 50);
  const SafetensorsFile file = weights("tokenizer");
  EXPECT_EQ(file.get("w").dtype, DType::bf16);
  EXPECT_EQ(file.get("count").dtype, DType::i64);
  EXPECT_NEAR(to_tensor_f32(file.get("w"))[0].item<float>(), 0.1, 1e-3);
  EXPECT_EQ(file.metadata().at("step"), "50");
  EXPECT_EQ(file.metadata().at("record"), "{\"kept\":true}");
}

TEST_F(ExportTest, the_best_checkpoint_can_be_named) {
  const auto folder = run("tokenizer", kTokenizerConfig);
  mark_best_checkpoint(folder, 50);
  const nlohmann::json state = {{"stage", "tokenizer"}, {"config", kTokenizerConfig}};
  const NamedTensors later = {{"w", at::full({3}, 7.0f)}};
  write_checkpoint(folder, 60, {later, later, {}, state.dump()}, 1);
  EXPECT_EQ(export_runs({folder / "checkpoints/best"}).at(0).step, 50);
  EXPECT_EQ(export_runs({folder}).at(0).step, 60);
}

TEST_F(ExportTest, the_configuration_is_that_of_a_model_folder) {
  export_runs({run("tokenizer", kTokenizerConfig), run("texture", kTextureConfig)});
  const Config config = Config::from_yaml_file((model() / "config.yaml").string());
  EXPECT_EQ(read_tokenizer_options(config).gps.gps_num, 8);
  const TextureOptions texture = read_texture_options(config);
  EXPECT_EQ(texture.statistics.std[6], 3);
  EXPECT_FALSE(config.has("train"));
  EXPECT_NE(text("README.md").find("| texture |"), std::string::npos);
}

TEST_F(ExportTest, parts_that_are_there_stay) {
  export_runs({run("tokenizer", kTokenizerConfig)});
  const std::string before = text("tokenizer.safetensors");
  export_runs({run("texture", kTextureConfig)}, {.note = "Trained on clouds."});
  EXPECT_EQ(text("tokenizer.safetensors"), before);
  const Config config = Config::from_yaml_file((model() / "config.yaml").string());
  EXPECT_TRUE(config.has("tokenizer.gpsconfig") && config.has("texture.model"));
  EXPECT_NE(text("README.md").find("Trained on clouds."), std::string::npos);
}

TEST_F(ExportTest, a_card_keeps_its_text_and_lists_new_parts) {
  export_runs({run("tokenizer", kTokenizerConfig)}, {.note = "Trained on clouds."});
  export_runs({run("texture", kTextureConfig)});
  const std::string card = text("README.md");
  EXPECT_NE(card.find("Trained on clouds."), std::string::npos);
  const size_t tokenizer = card.find("| tokenizer |"), texture = card.find("| texture |");
  ASSERT_NE(texture, std::string::npos) << card;
  EXPECT_LT(tokenizer, texture);
  EXPECT_EQ(card.find("| tokenizer |", tokenizer + 1), std::string::npos) << card;
  write_file_atomic((model() / "README.md").string(), "My own words.\n");
  export_runs({run("texture", kTextureConfig)});
  EXPECT_EQ(text("README.md"), "My own words.\n");
}

TEST_F(ExportTest, classes_come_from_the_run_or_the_call) {
  const auto texture = run("texture", kTextureConfig);
  write_file_atomic((texture / "classes.tsv").string(), "0\tn0\tlion\n");
  export_runs({texture});
  EXPECT_EQ(text("classes.tsv"), "0\tn0\tlion\n");
  write_file_atomic((folder_ / "mine.tsv").string(), "0\tn0\ttiger\n");
  export_runs({texture}, {.classes = (folder_ / "mine.tsv").string()});
  EXPECT_EQ(text("classes.tsv"), "0\tn0\ttiger\n");
}

TEST_F(ExportTest, sampling_settings_are_taken_from_a_file) {
  write_file_atomic((folder_ / "sampling.yaml").string(),
                    "sampling: {solver: euler, steps: 26, cfg: 2.5}\n");
  export_runs({run("texture", kTextureConfig)},
              {.sampling_config = (folder_ / "sampling.yaml").string()});
  EXPECT_NE(text("config.yaml").find("steps: 26"), std::string::npos);
}

TEST_F(ExportTest, a_generator_without_statistics_is_refused) {
  EXPECT_THROW(export_runs({run("texture", without_statistics(kTextureConfig))}), ConfigError);
  EXPECT_FALSE(path_exists(model().string()));
}

TEST_F(ExportTest, parts_of_different_channels_are_refused) {
  std::string config = kTokenizerConfig;
  config.replace(config.find("gps_c: 2"), 8, "gps_c: 4")
      .replace(config.find("z_channels: 2"), 13, "z_channels: 4");
  EXPECT_THROW(export_runs({run("tokenizer", config), run("texture", kTextureConfig)}),
               ConfigError);
}

TEST_F(ExportTest, what_is_no_run_is_refused) {
  const auto tokenizer = run("tokenizer", kTokenizerConfig);
  EXPECT_THROW(export_runs({tokenizer, tokenizer}), InputError);
  EXPECT_THROW(export_runs({folder_.path()}), InputError);
  EXPECT_THROW(export_runs({run("line", "a: 1\n")}), InputError);
  EXPECT_FALSE(path_exists(model().string()));
}

}  // namespace
}  // namespace gpst
