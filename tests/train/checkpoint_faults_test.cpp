// Every call of a save that changes storage dies or fails once; a complete checkpoint remains.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/storage_faults.h"
#include "tests/support/temporary_folder.h"
#include "train/checkpoint.h"

namespace gpst {
namespace {

constexpr int64_t kOld = 10, kNew = 20, kLater = 30;
constexpr int kKilled = 137, kIoError = 4;
constexpr const char* kCalls[] = {"open", "write", "fsync", "rename", "mkdir", "close", "remove"};

// Tensors of `size` numbers that say which step they are of.
CheckpointContent content(int64_t step, int64_t size = 3) {
  const NamedTensors tensors = {{"w", at::full({size}, static_cast<double>(step), at::kFloat)}};
  return {tensors, tensors, tensors, "{\"step\": " + std::to_string(step) + "}"};
}

// The step of a checkpoint whose parts all say so; -1 when they do not.
int64_t step_told_by(const Checkpoint& checkpoint) {
  for (const auto& file : {checkpoint.model(), checkpoint.ema(), checkpoint.optimizer()}) {
    const at::Tensor w = to_tensor(SafetensorsFile::open(file).get("w"));
    if (!w.eq(static_cast<double>(checkpoint.step)).all().item<bool>()) return -1;
  }
  return checkpoint.state_json == content(checkpoint.step).state_json ? checkpoint.step : -1;
}

// Where the system keeps files in memory: hundreds of saves have a dozen fsyncs each. For the time
// in which a temporary folder is made; whoever chose a place for those keeps it.
class MemoryFolder {
 public:
  MemoryFolder() {
    if (!std::getenv("TMPDIR") && access("/dev/shm", W_OK) == 0) {
      set_ = setenv("TMPDIR", "/dev/shm", 0) == 0;
    }
  }
  ~MemoryFolder() {
    if (set_) unsetenv("TMPDIR");
  }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;

 private:
  bool set_ = false;
};

std::unique_ptr<TemporaryFolder> quick_folder() {
  const MemoryFolder memory;
  return std::make_unique<TemporaryFolder>();
}

class CheckpointFaults : public testing::Test {
 protected:
  void SetUp() override { write_checkpoint(*folder_ / "before", kOld, content(kOld), 1); }
  void TearDown() override { set_process_faults(""); }

  // A run that has a checkpoint, and room for one: the next save removes it.
  void start_over() {
    set_process_faults("");
    std::filesystem::remove_all(run());
    std::filesystem::copy(*folder_ / "before", run(), std::filesystem::copy_options::recursive);
  }
  std::filesystem::path run() const { return *folder_ / "run"; }

  void expect_loadable(const std::string& what) {
    const auto latest = find_latest_checkpoint(run());
    ASSERT_TRUE(latest.has_value()) << what;
    EXPECT_TRUE(latest->step == kOld || latest->step == kNew) << what;
    EXPECT_EQ(step_told_by(*latest), latest->step) << what;
  }
  // The run goes on as if nothing had happened, and nothing is left of what happened.
  void expect_goes_on(const std::string& what) {
    write_checkpoint(run(), kLater, content(kLater), 1);
    const auto latest = find_latest_checkpoint(run());
    ASSERT_TRUE(latest.has_value()) << what;
    EXPECT_EQ(step_told_by(*latest), kLater) << what;
    int entries = 0;
    for (const auto& entry : std::filesystem::directory_iterator(run() / "checkpoints")) {
      ++entries;
      const std::string name = entry.path().filename();
      EXPECT_TRUE(name == "latest" || name == "step_00000030") << what << ": " << name;
    }
    EXPECT_EQ(entries, 2) << what;
  }

  // Saves in a process of its own and returns its status.
  template <class Prepare>
  int save_in_child(const Prepare& prepare, int64_t step, int64_t size = 3) {
    const pid_t child = fork();
    if (child == 0) {
      try {
        prepare();
        write_checkpoint(run(), step, content(step, size), 1);
      } catch (const IoError&) {
        _exit(kIoError);
      } catch (...) {
        _exit(99);
      }
      _exit(0);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  // Ends a save of `step` at its first, second, ... call of a kind, until it has no more of them.
  // How often it could be ended.
  int kill_at_every(const std::string& call, int64_t step) {
    for (int n = 1;; ++n) {
      start_over();
      const std::string fault = call + ":" + std::to_string(n) + ":KILL";
      const int status = save_in_child([&] { set_process_faults(fault); }, step);
      if (status == 0) return n - 1;
      EXPECT_EQ(status, kKilled) << fault;
      expect_loadable(fault);
      expect_goes_on(fault);
      if (HasFailure()) return n;
    }
  }

  std::unique_ptr<TemporaryFolder> folder_ = quick_folder();
};

TEST_F(CheckpointFaults, a_kill_at_any_call_leaves_a_complete_checkpoint) {
  std::map<std::string, int> calls;
  for (const std::string call : kCalls) calls[call] = kill_at_every(call, kNew);
  // Model, average, optimizer, state and `latest`: each is written, flushed with its folder, and
  // given its name. The folder gets its name too, and the old one goes.
  EXPECT_GE(calls["write"], 5);
  EXPECT_GE(calls["fsync"], 12);
  EXPECT_GE(calls["rename"], 7);
  EXPECT_GE(calls["mkdir"], 1);
  EXPECT_GE(calls["remove"], 1);
}

TEST_F(CheckpointFaults, a_kill_while_the_same_step_is_replaced_leaves_one_of_the_two) {
  for (const std::string call : {"rename", "remove", "fsync"}) {
    EXPECT_GE(kill_at_every(call, kOld), 1) << call;
  }
}

TEST_F(CheckpointFaults, an_error_at_any_call_is_reported_and_costs_no_checkpoint) {
  for (const std::string call : kCalls) {
    for (const std::string later : {"", "+"}) {
      for (int n = 1;; ++n) {
        start_over();
        const std::string fault = call + ":" + std::to_string(n) + later + ":ENOSPC";
        set_process_faults(fault);
        bool failed = false;
        try {
          write_checkpoint(run(), kNew, content(kNew), 1);
        } catch (const IoError&) {
          failed = true;
        }
        set_process_faults("");
        if (!failed) break;
        expect_loadable(fault);
        if (later.empty()) expect_goes_on(fault);
        ASSERT_FALSE(HasFailure()) << fault;
      }
    }
  }
}

TEST_F(CheckpointFaults, a_full_disk_is_not_kept_full_by_the_torn_checkpoint) {
  start_over();
  set_process_faults("write:3+:ENOSPC");
  EXPECT_THROW(write_checkpoint(run(), kNew, content(kNew), 1), IoError);
  set_process_faults("");
  EXPECT_FALSE(std::filesystem::exists(run() / "checkpoints/.step_00000020.partial"));
  EXPECT_EQ(find_latest_checkpoint(run())->step, kOld);
}

TEST_F(CheckpointFaults, a_real_limit_of_file_size_is_an_error_and_no_more) {
  start_over();
  const auto limit = [] {
    const rlimit size{1 << 16, 1 << 16};
    setrlimit(RLIMIT_FSIZE, &size);
  };
  EXPECT_EQ(save_in_child(limit, kNew, 1 << 16), kIoError);  // 256 KiB of weights
  EXPECT_EQ(find_latest_checkpoint(run())->step, kOld);
  expect_loadable("limit");
  EXPECT_EQ(save_in_child(limit, kNew, 16), 0) << "small enough";
  EXPECT_EQ(find_latest_checkpoint(run())->step, kNew);
}

}  // namespace
}  // namespace gpst
