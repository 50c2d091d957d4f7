// Several processes that train together do what one does.
#include <gtest/gtest.h>

#include <ATen/ATen.h>

#include <functional>
#include <thread>

#include "io/safetensors.h"
#include "nn/weights.h"
#include "tests/cli/contains.h"
#include "tests/cli/run_program.h"
#include "tests/cli/training_fixture.h"
#include "tests/support/metrics_table.h"
#include "tests/support/together.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// One call a process, all at once, as torchrun would start them.
std::vector<ProgramRun> launch(const std::vector<Words>& calls,
                               const std::function<RunOptions(size_t rank)>& options_of) {
  const std::string port = std::to_string(free_port());
  std::vector<ProgramRun> runs(calls.size());
  std::vector<std::thread> threads;
  for (size_t rank = 0; rank < calls.size(); ++rank) {
    threads.emplace_back([&, rank] {
      RunOptions options = options_of(rank);
      options.environment.merge(
          std::map<std::string, std::string>{{"RANK", std::to_string(rank)},
                                             {"WORLD_SIZE", std::to_string(calls.size())},
                                             {"LOCAL_WORLD_SIZE", std::to_string(calls.size())},
                                             {"MASTER_ADDR", "127.0.0.1"},
                                             {"MASTER_PORT", port}});
      runs[rank] = run_gpstoken(calls[rank], options);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return runs;
}

class TrainingTogether : public TrainingFixture {
 protected:
  // From weights that are not those of a start, where most gradients are zero.
  static Words steps(int64_t count, int64_t save_interval, const Words& more = {}) {
    Words words = {"--steps",         std::to_string(count),
                   "--batch-size",    "6",
                   "--save-interval", std::to_string(save_interval),
                   "--set",           "train.keep_checkpoints=99",
                   "--init",          shared("model")};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  std::vector<ProgramRun> train_together(
      size_t size, const std::string& stage, const std::string& run, const Words& more,
      const std::function<RunOptions(size_t rank)>& options_of = [](size_t) {
        return RunOptions{};
      }) const {
    return launch(std::vector<Words>(size, training_call(stage, run, more)), options_of);
  }

  void train_alone(const std::string& stage, const std::string& run, const Words& more) const {
    const ProgramRun result = run_gpstoken(training_call(stage, run, more));
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  fs::path file(const std::string& run, int64_t step, const std::string& name) const {
    char folder[32];
    std::snprintf(folder, sizeof(folder), "step_%08ld", static_cast<long>(step));
    return path(run) / "checkpoints" / folder / name;
  }

  void expect_same_losses(const std::string& together, const std::string& alone) const {
    const auto rows = timeless_cells(read_text(path(together) / "metrics.csv"));
    const auto expected = timeless_cells(read_text(path(alone) / "metrics.csv"));
    ASSERT_EQ(rows.size(), expected.size());
    for (size_t row = 1; row < rows.size(); ++row) {
      for (size_t column = 0; column < rows[row].size(); ++column) {
        const std::string& cell = expected[row][column];
        ASSERT_EQ(rows[row][column].empty(), cell.empty());
        if (cell.empty()) continue;
        const double value = std::stod(cell);
        EXPECT_NEAR(std::stod(rows[row][column]), value, 1e-4 * std::max(1e-3, std::abs(value)))
            << "row " << row << ", " << expected[0][column];
      }
    }
  }

  // After one step from nothing Adam's mean is (1 - beta1) times the gradient.
  void expect_same_first_gradient(const std::string& together, const std::string& alone) const {
    const auto found = SafetensorsFile::open(file(together, 1, "optimizer.safetensors"));
    const auto expected = SafetensorsFile::open(file(alone, 1, "optimizer.safetensors"));
    int compared = 0;
    for (const TensorView& tensor : expected.tensors()) {
      const std::string& name = tensor.name;
      if (!name.ends_with(".mean")) continue;
      const at::Tensor mean = to_tensor(expected.get(name)).to(at::kDouble);
      const at::Tensor other = to_tensor(found.get(name)).to(at::kDouble);
      const double norm = mean.norm().item<double>();
      EXPECT_LE((mean - other).norm().item<double>(), 1e-6 * norm + 1e-12) << name;
      if (norm > 0) ++compared;
    }
    EXPECT_GT(compared, 10);
  }

  // The process alone computes its batch in `parts`.
  void expect_as_alone(const std::string& stage, size_t size, const Words& more = {},
                       int parts = 1) const {
    const Words words = steps(20, 1, more);
    Words in_parts = words;
    if (parts > 1) {
      in_parts.insert(in_parts.end(),
                      {"--set", "train.grad_accumulation=" + std::to_string(parts)});
    }
    train_alone(stage, "alone", in_parts);
    const auto runs = train_together(size, stage, "together", words);
    for (const ProgramRun& run : runs) ASSERT_EQ(run.exit_code, 0) << run.err;
    expect_same_first_gradient("together", "alone");
    expect_same_losses("together", "alone");
    for (size_t rank = 1; rank < size; ++rank) EXPECT_EQ(runs[rank].out, "") << "the first speaks";
  }
};

// Convolutions of three pictures round otherwise than those of six.
TEST_F(TrainingTogether, TwoOnTheTokenizer) { expect_as_alone("tokenizer", 2, {}, 2); }
TEST_F(TrainingTogether, TwoOnTheLayoutModel) { expect_as_alone("layout", 2); }
TEST_F(TrainingTogether, FourOnTheTextureModel) { expect_as_alone("texture", 4); }
TEST_F(TrainingTogether, InPartsAndOnSeveralThreads) {
  expect_as_alone("texture", 2, {"--threads", "2", "--set", "train.grad_accumulation=2"});
}

TEST_F(TrainingTogether, TheDiscriminatorIsTheirsToo) {
  // One picture a part, so that batch norms see the same pictures however many processes there are.
  const Words words = {"--steps",      "12",
                       "--batch-size", "2",
                       "--threads",    "1",
                       "--set",        "train.grad_accumulation=2",
                       "--set",        "loss.discriminator.disc_weight=0.5",
                       "--set",        "loss.discriminator.disc_start=3",
                       "--set",        "loss.discriminator.steps=joint"};
  train_alone("tokenizer", "alone", words);
  for (const auto& run : train_together(2, "tokenizer", "together", words)) {
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  expect_same_losses("together", "alone");
}

TEST_F(TrainingTogether, ALostProcessEndsAllAndARestartGoesOn) {
  const Words words = steps(30, 4);
  for (const auto& run : train_together(2, "layout", "whole", words)) {
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  const fs::path row = path("killed") / "checkpoints/step_00000008";
  const auto runs = train_together(2, "layout", "killed", words, [&](size_t rank) {
    if (rank == 0) return RunOptions{};
    return RunOptions{.kill_when = [&] { return fs::exists(row); }};
  });
  EXPECT_EQ(runs[1].exit_code, 137);
  EXPECT_EQ(runs[0].exit_code, 4) << runs[0].err;
  EXPECT_TRUE(contains(runs[0].err, "training stopped after step")) << runs[0].err;
  EXPECT_TRUE(contains(runs[0].err, "another process is gone")) << runs[0].err;
  for (const auto& run : train_together(2, "layout", "killed", words)) {
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  for (const char* name : {"model.safetensors", "ema.safetensors", "optimizer.safetensors"}) {
    EXPECT_TRUE(read_text(file("killed", 30, name)) == read_text(file("whole", 30, name))) << name;
  }
  EXPECT_EQ(timeless_cells(read_text(path("killed") / "metrics.csv")),
            timeless_cells(read_text(path("whole") / "metrics.csv")));
}

TEST_F(TrainingTogether, ASignalToOneStopsAllAfterASave) {
  const fs::path row = path("run") / "metrics.csv";
  const auto runs = train_together(2, "texture", "run", steps(4000, 4000), [&](size_t rank) {
    return rank == 1 ? RunOptions{.interrupt_when = row} : RunOptions{};
  });
  EXPECT_EQ(runs[0].exit_code, 130) << runs[0].err;
  EXPECT_EQ(runs[1].exit_code, 130) << runs[1].err;
  EXPECT_TRUE(fs::exists(path("run") / "checkpoints/latest"));
  EXPECT_TRUE(contains(runs[0].err, "interrupted"));
  EXPECT_FALSE(contains(runs[1].err, "interrupted")) << "it is said once";
}

TEST_F(TrainingTogether, AnotherConfigurationIsNamed) {
  std::vector<Words> calls(3, training_call("layout", "run", steps(4, 4)));
  calls[2].insert(calls[2].end(), {"--seed", "5"});
  const auto runs = launch(calls, [](size_t) { return RunOptions{}; });
  for (const ProgramRun& run : runs) EXPECT_EQ(run.exit_code, 3) << run.err;
  EXPECT_TRUE(contains(runs[0].err, "the configuration differs between processes (of rank 2"))
      << runs[0].err;
}

TEST_F(TrainingTogether, ABatchSmallerThanTheLaunchIsRefused) {
  const auto runs = train_together(2, "layout", "run", {"--batch-size", "1"});
  EXPECT_EQ(runs[0].exit_code, 3);
  EXPECT_TRUE(contains(runs[0].err, "train.batch_size is 1")) << runs[0].err;
}

TEST_F(TrainingTogether, WhoWaitsInVainIsTold) {
  const std::string port = std::to_string(free_port());
  for (const char* rank : {"0", "1"}) {
    const ProgramRun run = run_gpstoken(
        training_call("layout", "run", {"--timeout", "1", "--rendezvous", "127.0.0.1:" + port}),
        {.environment = {{"RANK", rank}, {"WORLD_SIZE", "2"}}});
    EXPECT_EQ(run.exit_code, 4) << run.err;
    EXPECT_TRUE(contains(run.err, "met no others at 127.0.0.1:" + port)) << run.err;
    EXPECT_TRUE(contains(run.err, "--rendezvous HOST:PORT")) << run.err;
    EXPECT_FALSE(contains(run.err, "Exception raised")) << run.err;
  }
}

TEST_F(TrainingTogether, ALaunchThatDoesNotSayWhereToMeetIsTold) {
  const ProgramRun run = run_gpstoken(training_call("layout", "run"),
                                      {.environment = {{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}}});
  EXPECT_EQ(run.exit_code, 2) << run.err;
  EXPECT_TRUE(contains(run.err, "--rendezvous HOST:PORT")) << run.err;
}

}  // namespace
}  // namespace gpst
