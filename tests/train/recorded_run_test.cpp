// The losses of 50 steps of each stage on one thread, in fp32 and on made-up data, against those of
// the commit that recorded them: whatever changes how a stage learns shows here. After an intended
// change, GPST_RECORD_RUNS=1 in the environment writes the files anew.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/files.h"
#include "base/log.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_generators.h"
#include "tests/support/tiny_tokenizer.h"
#include "tests/train/tiny_tokens.h"
#include "train/layout_stage.h"
#include "train/texture_stage.h"
#include "train/tokenizer_stage.h"
#include "train/trainer.h"

namespace gpst {
namespace {

constexpr int64_t kSteps = 50;
// Other machines round differently.
constexpr double kTolerance = 1e-3;

TrainOptions recorded_training() {
  TrainOptions train;
  train.optimizer = "adamw";
  train.weight_decay = 0.01;
  train.lr = 1e-3;
  train.warmup = 10;
  train.schedule = "cosine";
  train.clip_norm = 1;
  train.beta1 = 0.9;
  train.beta2 = 0.99;
  train.batch_size = 4;
  train.iterations = kSteps;
  train.log_interval = 1;
  train.eval_interval = kSteps;
  train.ema.kind = "constant";
  train.ema.beta = 0.9;
  return train;
}

// Column `loss` of a run's metrics.csv.
std::vector<double> losses_of(const std::filesystem::path& run) {
  const auto cells = [](const std::string& line) {
    std::vector<std::string> result;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) result.push_back(cell);
    return result;
  };
  std::istringstream lines(read_file((run / "metrics.csv").string()));
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> names = cells(line);
  const auto column = static_cast<size_t>(std::ranges::find(names, "loss") - names.begin());
  std::vector<double> losses;
  while (std::getline(lines, line)) losses.push_back(std::stod(cells(line).at(column)));
  return losses;
}

class RecordedRun : public testing::Test {
 protected:
  void expect_recorded(Stage& stage, const TrainOptions& train) {
    {
      const RunFolder run(folder_ / "run");
      gpst::train(stage, train, {.folder = run, .config_yaml = "x", .show_progress = false}, {},
                  Log::silent());
    }
    const std::vector<double> losses = losses_of(folder_ / "run");
    ASSERT_EQ(losses.size(), static_cast<size_t>(kSteps));
    const std::string path =
        std::string(GPST_SOURCE_DIR) + "/tests/train/data/" + stage.name() + "_run.json";
    if (std::getenv("GPST_RECORD_RUNS") != nullptr) {
      write_file_atomic(path, nlohmann::json{{"losses", losses}}.dump(1) + "\n");
      GTEST_SKIP() << "recorded " << path;
    }
    const auto recorded =
        nlohmann::json::parse(read_file(path)).at("losses").get<std::vector<double>>();
    ASSERT_EQ(recorded.size(), losses.size());
    for (size_t i = 0; i < losses.size(); ++i) {
      EXPECT_NEAR(losses[i], recorded[i], kTolerance * std::abs(recorded[i])) << "step " << i + 1;
    }
  }

  TokenDataset tokens() {
    write_tiny_tokens(folder_ / "tokens");
    return TokenDataset::open(folder_ / "tokens");
  }

  TemporaryFolder folder_;
};

TEST_F(RecordedRun, of_the_tokenizer) {
  write_tiny_pictures(folder_ / "pictures", 12);
  TokenizerTraining training;
  training.tokenizer = tiny_tokenizer_options();
  training.train = recorded_training();
  training.data.held_out = 2;
  training.loss.feature_noise = 0.1;
  TokenizerStage stage(training, {}, PictureSource::open({(folder_ / "pictures").string()}),
                       Log::silent());
  expect_recorded(stage, training.train);
}

TEST_F(RecordedRun, of_the_layout_model) {
  LayoutTraining training{.train = recorded_training(), .data = {.held_out = 4}};
  training.layout.model = tiny_sit_options(5, kTinyTokenCount);
  LayoutStage stage(training, tokens());
  expect_recorded(stage, training.train);
}

TEST_F(RecordedRun, of_the_texture_model) {
  TextureTraining training{.train = recorded_training(), .data = {.held_out = 4}};
  training.texture.model = tiny_sit_options(kTinyChannels, kTinyTokenCount);
  training.texture.condition_noise = 0.1;
  TextureStage stage(training, tokens(), nullptr);
  expect_recorded(stage, training.train);
}

}  // namespace
}  // namespace gpst
