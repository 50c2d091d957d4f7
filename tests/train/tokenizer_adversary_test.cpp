// Training with the adversarial loss: what is updated when, and what a checkpoint must hold.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include <string>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "tests/support/metrics_table.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_tokenizer.h"
#include "train/tokenizer_stage.h"
#include "train/trainer.h"
#include "train/training_step.h"

namespace gpst {
namespace {

constexpr int64_t kStart = 2;  // steps 1 and 2 have no discriminator

class TokenizerAdversary : public testing::Test {
 protected:
  void SetUp() override {
    write_tiny_pictures(folder_ / "pictures", 8);
    training_.tokenizer = tiny_tokenizer_options();
    training_.train.lr = 1e-3;
    training_.train.batch_size = 4;
    training_.train.iterations = 6;
    training_.train.log_interval = 1;
    training_.train.save_interval = 3;
    training_.train.keep_checkpoints = 9;
    training_.loss.disc_weight = 0.3;
    training_.loss.disc_start = kStart;
  }
  PictureSource pictures() { return PictureSource::open({(folder_ / "pictures").string()}); }
  RunFolder train_into(const std::string& name, int threads = 2,
                       std::optional<int64_t> stop_after = {}) {
    RunFolder run(folder_ / name);
    TokenizerStage stage(training_, {}, pictures(), Log::silent());
    train(stage, training_.train,
          {.folder = run,
           .config_yaml = "x",
           .stop_after = stop_after,
           .threads = threads,
           .show_progress = false},
          run.latest(), Log::silent());
    return run;
  }
  std::string file(const std::string& run, int64_t step, const std::string& name) {
    return read_file(folder_ / run / "checkpoints" / ("step_0000000" + std::to_string(step)) /
                     name);
  }
  std::vector<std::vector<std::string>> rows_of(const std::string& run) {
    return timeless_cells(read_file((folder_ / run / "metrics.csv").string()));
  }
  TemporaryFolder folder_;
  TokenizerTraining training_;
};

std::vector<at::Tensor> copies(torch::nn::Module& module) {
  std::vector<at::Tensor> result;
  for (const at::Tensor& parameter : module.parameters()) result.push_back(parameter.clone());
  return result;
}

bool equal(torch::nn::Module& module, const std::vector<at::Tensor>& before) {
  const std::vector<at::Tensor> now = module.parameters();
  for (size_t i = 0; i < now.size(); ++i) {
    if (!at::equal(now[i], before[i])) return false;
  }
  return true;
}

TEST_F(TokenizerAdversary, the_two_learn_in_turn_once_it_starts) {
  TokenizerStage stage(training_, {}, pictures(), Log::silent());
  TrainingSteps steps(stage, training_.train, 1);
  steps.run(1);
  steps.run(2);
  EXPECT_EQ(steps.adversary_optimizer(), nullptr) << "nothing of it is there before it starts";
  for (int64_t step = kStart + 1; step <= 6; ++step) {
    steps.start_adversary(step);
    const auto model = copies(stage.model()), adversary = copies(stage.adversary(0));
    const StepResult result = steps.run(step);
    const bool even = (step - 1) % 2 == 0;
    EXPECT_EQ(result.targets.model, even);
    EXPECT_EQ(equal(stage.model(), model), !even) << step;
    EXPECT_EQ(equal(stage.adversary(0), adversary), even) << step;
  }
}

TEST_F(TokenizerAdversary, jointly_both_learn_in_every_step) {
  training_.loss.disc_steps = "joint";
  TokenizerStage stage(training_, {}, pictures(), Log::silent());
  TrainingSteps steps(stage, training_.train, 2);
  steps.run(kStart + 1);
  const auto model = copies(stage.model()), adversary = copies(stage.adversary(0));
  const StepResult result = steps.run(kStart + 2);
  EXPECT_FALSE(equal(stage.model(), model));
  EXPECT_FALSE(equal(stage.adversary(0), adversary));
  EXPECT_EQ(result.metrics.size(), 7u) << "every term is reported";
}

TEST_F(TokenizerAdversary, has_a_rate_of_its_own) {
  training_.loss.disc_steps = "joint";
  training_.loss.disc_lr_factor = 0;
  TokenizerStage stage(training_, {}, pictures(), Log::silent());
  TrainingSteps steps(stage, training_.train, 1);
  steps.start_adversary(kStart + 1);
  const auto model = copies(stage.model()), adversary = copies(stage.adversary(0));
  steps.run(kStart + 1);
  EXPECT_FALSE(equal(stage.model(), model));
  EXPECT_TRUE(equal(stage.adversary(0), adversary));
}

TEST_F(TokenizerAdversary, a_resumed_run_is_the_uninterrupted_one) {
  train_into("whole");
  train_into("resumed", 2, 4);
  train_into("resumed", 2);
  for (const char* name : {"model.safetensors", "ema.safetensors", "optimizer.safetensors",
                           "adversary.safetensors", "adversary_optimizer.safetensors"}) {
    EXPECT_EQ(file("resumed", 6, name), file("whole", 6, name)) << name;
  }
}

// Resumed before a step of the model, and before one of the discriminator alone.
TEST_F(TokenizerAdversary, a_resumed_run_has_the_rows_of_the_uninterrupted_one) {
  train_into("whole");
  for (const int64_t stop : {4, 5}) {
    const std::string name = "resumed" + std::to_string(stop);
    train_into(name, 2, stop);
    train_into(name, 2);
    EXPECT_EQ(rows_of(name), rows_of("whole")) << "resumed after step " << stop;
  }
}

TEST_F(TokenizerAdversary, before_it_starts_a_checkpoint_has_none) {
  training_.loss.disc_start = 100;
  train_into("run");
  EXPECT_FALSE(
      path_exists((folder_ / "run/checkpoints/step_00000006/adversary.safetensors").string()));
}

TEST_F(TokenizerAdversary, every_row_has_the_terms_of_both) {
  train_into("run");
  const std::string table = read_file((folder_ / "run/metrics.csv").string());
  const std::string head = table.substr(0, table.find('\n'));
  EXPECT_NE(head.find("mse,ssim_loss,disc_balance,g_loss,disc_loss,logits_real,logits_fake"),
            std::string::npos)
      << head;
  const size_t last = table.rfind('\n', table.size() - 2);
  // Only the two columns of held-out pictures are empty, of which there are none.
  EXPECT_EQ(table.find(",,", last), table.size() - 3) << table.substr(last);
}

}  // namespace
}  // namespace gpst
