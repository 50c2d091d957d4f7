// Runs of the real program that are killed again and again end as an undisturbed one does.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "base/philox.h"
#include "tests/cli/run_program.h"
#include "tests/cli/training_fixture.h"
#include "tests/support/event_scalars.h"
#include "tests/support/metrics_table.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;
class TrainingKills : public TrainingFixture {
 protected:
  struct Job {
    std::string stage;
    int64_t steps = 30;
    int threads = 1;
  };

  ProgramRun train(const Job& job, const std::string& run, const RunOptions& options = {}) const {
    return run_gpstoken(
        training_call(job.stage, run,
                      {"--threads", std::to_string(job.threads), "--steps",
                       std::to_string(job.steps), "--set", "train.keep_checkpoints=2"}),
        options);
  }

  int64_t rows_of(const std::string& run) const {
    if (!fs::exists(path(run) / "metrics.csv")) return 0;
    const std::string text = read_text(path(run) / "metrics.csv");
    return std::max<int64_t>(0, std::ranges::count(text, '\n') - 1);
  }

  // When the run's metrics.csv was replaced last.
  fs::file_time_type last_row_of(const std::string& run) const {
    std::error_code absent;
    return fs::last_write_time(path(run) / "metrics.csv", absent);
  }

  // SIGKILL a random moment after a random row, further on each time.
  void kill_often(const Job& job, int kills) const {
    PhiloxStream random(2026, static_cast<uint64_t>(kills), Purpose::init);
    const int64_t span = (job.steps - 8) / kills;
    for (int kill = 0; kill < kills; ++kill) {
      // From 4 to steps - 5.
      const int64_t row = 4 + kill * span + random.next_below(static_cast<uint32_t>(span));
      const auto delay = static_cast<useconds_t>(random.next_below(3000));
      const auto before = last_row_of("killed");
      const auto is_time = [&] {
        // A row of its own at least, whatever the one before had got to.
        if (last_row_of("killed") == before || rows_of("killed") < row) return false;
        usleep(delay);
        return true;
      };
      const ProgramRun run = train(job, "killed", {.kill_when = is_time});
      EXPECT_EQ(run.exit_code, 128 + 9) << "after row " << row << "\n" << run.err;
    }
  }

  void expect_same_end(const Job& job) const {
    const auto last = [&](const std::string& run) {
      char name[32];
      std::snprintf(name, sizeof(name), "step_%08ld", static_cast<long>(job.steps));
      return path(run) / "checkpoints" / name;
    };
    for (const char* name : {"model", "ema", "optimizer"}) {
      const std::string file = std::string(name) + ".safetensors";
      EXPECT_TRUE(read_text(last("killed") / file) == read_text(last("whole") / file))
          << job.stage << ": " << file;
    }
    EXPECT_EQ(timeless_cells(read_text(path("killed/metrics.csv"))),
              timeless_cells(read_text(path("whole/metrics.csv"))))
        << job.stage;
    const auto scalars = event_scalars(path("killed/tensorboard"));
    EXPECT_EQ(scalars, event_scalars(path("whole/tensorboard"))) << job.stage;
    for (const auto& [key, count] : scalars) {
      EXPECT_EQ(count, 1) << job.stage << ": " << key.second << " of step " << key.first;
    }
    for (const auto& entry : fs::directory_iterator(path("killed/checkpoints"))) {
      const std::string name = entry.path().filename();
      EXPECT_TRUE(name == "latest" || name == "best" || entry.path().extension().empty()) << name;
    }
  }

  void expect_undisturbed_by(const Job& job, int kills) {
    fs::remove_all(path("whole"));
    fs::remove_all(path("killed"));
    ASSERT_EQ(train(job, "whole").exit_code, 0);
    kill_often(job, kills);
    const ProgramRun last = train(job, "killed");
    ASSERT_EQ(last.exit_code, 0) << last.err;
    EXPECT_NE(last.err.find("resuming at step"), std::string::npos) << last.err;
    expect_same_end(job);
  }
};

TEST_F(TrainingKills, TheTokenizerKilledThreeTimes) { expect_undisturbed_by({"tokenizer"}, 3); }
TEST_F(TrainingKills, TheLayoutModelKilledThreeTimes) { expect_undisturbed_by({"layout"}, 3); }
TEST_F(TrainingKills, TheTextureModelKilledThreeTimes) { expect_undisturbed_by({"texture"}, 3); }

TEST_F(TrainingKills, KilledWhileWritingBeforeTheFirstCheckpointItStartsOver) {
  const Job job{"layout"};
  ASSERT_EQ(train(job, "whole").exit_code, 0);
  // Of step 1's row, of the first checkpoint, of its name, of a later one.
  for (const char* fault : {"write:3:KILL", "fsync:14:KILL", "rename:9:KILL", "mkdir:4:KILL"}) {
    const ProgramRun run = train(job, "killed", {.environment = {{"GPST_TEST_FAULTS", fault}}});
    EXPECT_EQ(run.exit_code, 137) << fault << "\n" << run.err;
  }
  ASSERT_EQ(train(job, "killed").exit_code, 0);
  expect_same_end(job);
}

// 20 kills of 300 steps each.
TEST_F(TrainingKills, SlowTokenizerKilledTwentyTimes) {
  expect_undisturbed_by({.stage = "tokenizer", .steps = 300, .threads = 2}, 20);
}
TEST_F(TrainingKills, SlowLayoutModelKilledTwentyTimes) {
  expect_undisturbed_by({.stage = "layout", .steps = 300}, 20);
}
TEST_F(TrainingKills, SlowTextureModelKilledTwentyTimes) {
  expect_undisturbed_by({.stage = "texture", .steps = 300, .threads = 2}, 20);
}

}  // namespace
}  // namespace gpst
