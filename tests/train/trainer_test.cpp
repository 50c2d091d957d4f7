#include "train/trainer.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include <csignal>
#include <limits>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "tests/support/temporary_folder.h"
#include "train/checkpoint.h"
#include "train/replicas.h"
#include "train/stage.h"

namespace gpst {
namespace {

// Fits y = 3 x: everything about an example follows from its number.
class LineStage : public Stage {
 public:
  LineStage() { make_replica(); }

  std::string name() const override { return "line"; }
  torch::nn::Module& model() override { return *replicas_[0]; }
  torch::nn::Module& replica(int worker) override { return *replicas_[worker]; }
  void prepare_workers(int workers) override {
    while (static_cast<int>(replicas_.size()) < workers) {
      make_replica();
      share_parameters(model(), *replicas_.back());
    }
  }
  std::vector<std::string> train_metrics() const override { return {"error"}; }
  PartLoss loss(const BatchPart& part, int worker) override {
    torch::Tensor x = torch::empty({part.count, 1});
    for (int64_t i = 0; i < part.count; ++i) x[i] = std::sin(static_cast<double>(part.first + i));
    torch::Tensor loss = (replicas_[worker]->forward(x) - 3 * x).square().mean();
    if (part.step == diverge_at) loss = loss * std::numeric_limits<float>::quiet_NaN();
    if (part.step == interrupt_at) std::raise(SIGINT);
    return {loss, {{"error", loss.item<double>()}}};
  }
  std::vector<std::string> held_out_metrics() const override { return {"weight"}; }
  Metrics evaluate(const Ema& ema, int) override {
    const double value = ema.tensors()[0].second.item<double>();
    return {{"weight", held_out_falls ? -value : value}};
  }
  void write_samples(const Ema&, const std::filesystem::path& png) override {
    write_file_atomic(png.string(), "picture");
  }
  std::string record_json() const override { return "{}"; }

  double weight() { return replicas_[0]->weight.item<double>(); }

  bool held_out_falls = false;  // the held-out metric gets worse as the line is learned
  int64_t diverge_at = -1;
  int64_t interrupt_at = -1;

 private:
  void make_replica() {
    at::manual_seed(0);
    replicas_.push_back(std::make_shared<torch::nn::LinearImpl>(1, 1));
  }
  std::vector<std::shared_ptr<torch::nn::LinearImpl>> replicas_;
};

TrainOptions options_for(int64_t iterations) {
  TrainOptions options;
  options.lr = 0.05;
  options.batch_size = 6;
  options.iterations = iterations;
  options.log_interval = 10;
  options.save_interval = 20;
  options.eval_interval = 50;
  options.ema.kind = "constant";
  options.ema.beta = 0.9;
  return options;
}

struct How {
  std::optional<int64_t> stop_after = {};
  int threads = 1;
  std::optional<Checkpoint> start = {};
};

class TrainerTest : public testing::Test {
 protected:
  TrainerResult train_line(LineStage& stage, const TrainOptions& options, const How& how = {}) {
    const RunFolder folder(folder_.path());
    return train(stage, options,
                 {.folder = folder,
                  .config_yaml = "line: 1\n",
                  .stop_after = how.stop_after,
                  .threads = how.threads,
                  .show_progress = false},
                 how.start, Log::silent());
  }
  TemporaryFolder folder_;
};

TEST_F(TrainerTest, learns_and_leaves_its_traces) {
  LineStage stage;
  const TrainerResult result = train_line(stage, options_for(300));
  EXPECT_EQ(result.step, 300);
  EXPECT_NEAR(stage.weight(), 3, 0.01);
  const auto latest = find_latest_checkpoint(folder_.path());
  ASSERT_TRUE(latest.has_value());
  EXPECT_EQ(latest->step, 300);
  EXPECT_TRUE(path_exists(folder_ / "samples/step_00000300.png"));
  const std::string csv = read_file(folder_ / "metrics.csv");
  EXPECT_EQ(csv.substr(0, csv.find('\n')),
            "step,seconds,lr,loss,gradient_norm,examples_per_second,data_share,error,weight");
}

TEST_F(TrainerTest, a_resumed_run_is_the_uninterrupted_one) {
  LineStage whole;
  train_line(whole, options_for(70));
  LineStage first, second;
  std::filesystem::remove_all(folder_.path());
  train_line(first, options_for(70), {.stop_after = 33});
  train_line(second, options_for(70), {.start = find_latest_checkpoint(folder_.path())});
  EXPECT_EQ(second.weight(), whole.weight());
}

TEST_F(TrainerTest, the_best_by_the_first_held_out_metric_is_kept) {
  TrainOptions options = options_for(60);
  options.eval_interval = 7;
  options.keep_checkpoints = 1;
  LineStage better;
  train_line(better, options);
  EXPECT_EQ(best_checkpoint_step(folder_.path()), 60);
  std::filesystem::remove_all(folder_.path());
  LineStage worse;
  worse.held_out_falls = true;
  train_line(worse, options, {.stop_after = 30});
  EXPECT_EQ(best_checkpoint_step(folder_.path()), 7);
  // A resumed run remembers what there is to beat.
  LineStage resumed;
  resumed.held_out_falls = true;
  train_line(resumed, options, {.start = find_latest_checkpoint(folder_.path())});
  EXPECT_EQ(best_checkpoint_step(folder_.path()), 7);
}

TEST_F(TrainerTest, a_best_that_was_saved_but_not_named_is_named_by_the_resumed_run) {
  TrainOptions options = options_for(40);
  options.eval_interval = 20;
  LineStage first, second;
  train_line(first, options, {.stop_after = 20});
  std::filesystem::remove(folder_.path() / "checkpoints/best");
  train_line(second, options, {.stop_after = 30, .start = find_latest_checkpoint(folder_.path())});
  EXPECT_EQ(best_checkpoint_step(folder_.path()), 20);
}

TEST_F(TrainerTest, workers_share_a_batch) {
  LineStage one, three;
  train_line(one, options_for(40));
  std::filesystem::remove_all(folder_.path());
  train_line(three, options_for(40), {.threads = 3});
  EXPECT_NEAR(one.weight(), three.weight(), 1e-5);
}

TEST_F(TrainerTest, accumulated_parts_are_the_whole_batch) {
  LineStage one, parts;
  train_line(one, options_for(40));
  std::filesystem::remove_all(folder_.path());
  TrainOptions options = options_for(40);
  options.grad_accumulation = 3;
  train_line(parts, options);
  EXPECT_NEAR(one.weight(), parts.weight(), 1e-5);
}

TEST_F(TrainerTest, divergence_stops_before_a_checkpoint_is_touched) {
  LineStage stage;
  stage.diverge_at = 40;
  EXPECT_THROW(train_line(stage, options_for(100)), DivergedError);
  EXPECT_EQ(find_latest_checkpoint(folder_.path())->step, 20);
}

TEST_F(TrainerTest, an_interrupt_saves_first) {
  install_interrupt_handlers();
  LineStage stage;
  stage.interrupt_at = 27;
  EXPECT_THROW(train_line(stage, options_for(100)), Interrupted);
  clear_interrupt();
  const auto latest = find_latest_checkpoint(folder_.path());
  ASSERT_TRUE(latest.has_value());
  EXPECT_GE(latest->step, 26);
  EXPECT_LE(latest->step, 27);
}

TEST_F(TrainerTest, two_runs_cannot_share_a_folder) {
  const RunFolder other(folder_.path());
  EXPECT_THROW(RunFolder(folder_.path()), IoError);
}

TEST_F(TrainerTest, clearing_a_folder_leaves_nothing_to_resume) {
  LineStage stage;
  train_line(stage, options_for(20));
  const RunFolder folder(folder_.path());
  ASSERT_TRUE(folder.latest().has_value());
  folder.clear();
  EXPECT_FALSE(folder.latest().has_value());
  EXPECT_FALSE(path_exists(folder_ / "metrics.csv"));
}

TEST_F(TrainerTest, an_update_that_breaks_the_weights_is_not_saved) {
  LineStage stage;
  TrainOptions options = options_for(1);
  options.optimizer = "adamw";
  options.weight_decay = 1e30;
  options.lr = 1e30;
  EXPECT_THROW(train_line(stage, options), DivergedError);
  EXPECT_FALSE(find_latest_checkpoint(folder_.path()).has_value());
}

TEST_F(TrainerTest, a_resumed_run_continues_its_metrics) {
  LineStage first, second;
  train_line(first, options_for(40), {.stop_after = 25});
  train_line(second, options_for(40), {.start = find_latest_checkpoint(folder_.path())});
  std::istringstream lines(read_file((folder_ / "metrics.csv").string()));
  std::vector<std::string> steps;
  for (std::string line; std::getline(lines, line);)
    steps.push_back(line.substr(0, line.find(',')));
  EXPECT_EQ(steps, (std::vector<std::string>{"step", "10", "20", "30", "40"}));
}

}  // namespace
}  // namespace gpst
