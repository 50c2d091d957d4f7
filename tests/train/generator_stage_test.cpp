// Training of the two generators on tokens a test made up.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_generators.h"
#include "tests/train/tiny_tokens.h"
#include "train/layout_stage.h"
#include "train/texture_stage.h"
#include "train/trainer.h"

namespace gpst {
namespace {

SitOptions tiny_net(int64_t channels) { return tiny_sit_options(channels, kTinyTokenCount); }

TrainOptions quick_training(int64_t iterations) {
  TrainOptions train;
  train.optimizer = "adamw";
  train.lr = 1e-2;
  train.beta1 = 0.9;
  train.beta2 = 0.99;
  train.batch_size = 8;
  train.iterations = iterations;
  train.eval_interval = 1000;
  train.ema.kind = "constant";
  train.ema.beta = 0.8;
  return train;
}

class GeneratorStageTest : public testing::Test {
 protected:
  void SetUp() override { write_tiny_tokens(folder_ / "tokens"); }

  TokenDataset tokens() const { return TokenDataset::open(folder_ / "tokens"); }

  std::unique_ptr<LayoutStage> layout_stage(const TrainOptions& train) const {
    LayoutTraining training{.train = train, .data = {.held_out = 4}};
    training.layout.model = tiny_net(5);
    return std::make_unique<LayoutStage>(training, tokens());
  }

  std::unique_ptr<TextureStage> texture_stage(const TrainOptions& train) const {
    TextureTraining training{.train = train, .data = {.held_out = 4}};
    training.texture.model = tiny_net(kTinyChannels);
    training.texture.condition_noise = 0.1;
    return std::make_unique<TextureStage>(training, tokens(), nullptr);
  }

  void run(Stage& stage, const TrainOptions& train, std::optional<int64_t> stop_after = {}) const {
    const RunFolder folder(folder_ / "run");
    gpst::train(stage, train,
                {.folder = folder,
                 .config_yaml = "x",
                 .stop_after = stop_after,
                 .threads = 2,
                 .show_progress = false},
                folder.latest(), Log::silent());
  }

  double held_out_loss(Stage& stage, const TrainOptions& train) const {
    return stage.evaluate(Ema(stage.model(), train.ema), 1).at(0).second;
  }

  void expect_to_learn(Stage& stage, const TrainOptions& train) const {
    const double before = held_out_loss(stage, train);
    run(stage, train);
    EXPECT_LT(held_out_loss(stage, train), 0.8 * before);
    EXPECT_TRUE(path_exists((folder_ / "run/metrics.csv").string()));
  }

  void expect_resumable(Stage& whole, Stage& first, Stage& second, const TrainOptions& train) {
    run(whole, train);
    std::filesystem::remove_all(folder_ / "run");
    run(first, train, 3);
    run(second, train);
    const NamedTensors a = named_state(whole.model()), b = named_state(second.model());
    for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i].second, b[i].second));
  }

  TemporaryFolder folder_;
};

TEST_F(GeneratorStageTest, layouts_are_learned) {
  const TrainOptions train = quick_training(40);
  const auto stage = layout_stage(train);
  expect_to_learn(*stage, train);
  EXPECT_TRUE(path_exists((folder_ / "run/samples/step_00000040.png").string()));
}

TEST_F(GeneratorStageTest, textures_are_learned) {
  const TrainOptions train = quick_training(40);
  const auto stage = texture_stage(train);
  expect_to_learn(*stage, train);
}

TEST_F(GeneratorStageTest, a_resumed_run_is_the_uninterrupted_one) {
  const TrainOptions train = quick_training(6);
  expect_resumable(*layout_stage(train), *layout_stage(train), *layout_stage(train), train);
  std::filesystem::remove_all(folder_ / "run");
  expect_resumable(*texture_stage(train), *texture_stage(train), *texture_stage(train), train);
}

TEST_F(GeneratorStageTest, trains_in_bfloat16) {
  TrainOptions train = quick_training(2);
  train.dtype = "bf16";
  const auto stage = texture_stage(train);
  run(*stage, train);
  EXPECT_TRUE(std::isfinite(held_out_loss(*stage, train)));
}

TEST_F(GeneratorStageTest, statistics_travel_with_the_weights) {
  const TokenStatistics statistics = tokens().index().statistics;
  const TrainOptions train = quick_training(1);
  const auto layout = nlohmann::json::parse(layout_stage(train)->record_json());
  EXPECT_EQ(layout.at("means"), statistics.layout.mean);
  EXPECT_EQ(layout.at("stds"), statistics.layout.std);
  const auto texture = nlohmann::json::parse(texture_stage(train)->record_json());
  EXPECT_EQ(texture.at("means"), statistics.texture.mean);
  EXPECT_EQ(texture.at("stds"), statistics.texture.std);
  EXPECT_EQ(texture.at("tokenizer_hash"), "tokenizer");
}

TEST_F(GeneratorStageTest, options_that_shape_the_net_travel_with_the_weights) {
  const TrainOptions train = quick_training(1);
  const Config texture = Config::from_yaml_text(
      nlohmann::json::parse(texture_stage(train)->record_json()).at("options").get<std::string>(),
      "record");
  const TextureOptions options = read_texture_options(texture);
  EXPECT_EQ(options.condition_noise, 0.1);
  EXPECT_EQ(options.model.class_dropout_prob, tiny_net(5).class_dropout_prob);
  EXPECT_TRUE(texture.has("texture.transport.path_type"));
  EXPECT_TRUE(texture.has("time.distribution"));
  EXPECT_TRUE(texture.has("data.flips"));
  const Config layout = Config::from_yaml_text(
      nlohmann::json::parse(layout_stage(train)->record_json()).at("options").get<std::string>(),
      "record");
  EXPECT_TRUE(layout.has("layout.transport.path_type"));
  EXPECT_TRUE(layout.has("time.distribution"));
}

TEST_F(GeneratorStageTest, losses_are_told_by_groups_of_channels) {
  const TrainOptions train = quick_training(1);
  const auto texture = texture_stage(train);
  EXPECT_EQ(texture->train_metrics(), (std::vector<std::string>{"loss_geometry", "loss_texture"}));
  const PartLoss part = texture->loss({.step = 1, .first = 0, .count = 8}, 0);
  ASSERT_EQ(part.metrics.size(), 2u);
  const double geometry = part.metrics[0].second, features = part.metrics[1].second;
  EXPECT_NE(geometry, features);
  EXPECT_NEAR((5 * geometry + 2 * features) / 7, part.loss.item<double>(), 1e-6);
  const Metrics held_out = texture->evaluate(Ema(texture->model(), train.ema), 1);
  ASSERT_EQ(held_out.size(), 3u);
  EXPECT_EQ(held_out[2].first, "held_out_loss_texture");
  EXPECT_NEAR((5 * held_out[1].second + 2 * held_out[2].second) / 7, held_out[0].second, 1e-6);
  EXPECT_EQ(layout_stage(train)->train_metrics(),
            (std::vector<std::string>{"loss_sigma", "loss_mean"}));
}

TEST_F(GeneratorStageTest, recomputed_blocks_change_no_bit) {
  TrainOptions train = quick_training(3);
  const auto plain = texture_stage(train);
  run(*plain, train);
  std::filesystem::remove_all(folder_ / "run");
  train.activation_checkpointing = true;
  const auto recomputed = texture_stage(train);
  run(*recomputed, train);
  const NamedTensors a = named_state(plain->model()), b = named_state(recomputed->model());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i].second, b[i].second));
}

TEST_F(GeneratorStageTest, nets_that_do_not_fit_the_tokens_are_refused) {
  LayoutTraining layout;
  layout.layout.model = tiny_net(5);
  layout.layout.model.latent_size = 9;
  EXPECT_THROW(LayoutStage(layout, tokens()), ConfigError);
  TextureTraining texture;
  texture.texture.model = tiny_net(kTinyChannels + 1);
  EXPECT_THROW(TextureStage(texture, tokens(), nullptr), ConfigError);
  texture.texture.model = tiny_net(kTinyChannels);
  texture.texture.model.num_classes = 1;
  EXPECT_THROW(TextureStage(texture, tokens(), nullptr), ConfigError);
}

}  // namespace
}  // namespace gpst
