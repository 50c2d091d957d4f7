#include "tests/cli/run_program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

void check(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_of(const RunOptions& options) {
  std::vector<std::string> result = {"LC_ALL=C", "TERM=dumb"};
  if (options.in_fp32) result.push_back("GPST_DTYPE=fp32");
  if (options.hides_gpus) result.push_back("CUDA_VISIBLE_DEVICES=");
  for (const char* name : {"PATH", "HOME"}) {
    if (const char* value = std::getenv(name)) result.push_back(std::string(name) + "=" + value);
  }
  for (const auto& [name, value] : options.environment) result.push_back(name + "=" + value);
  return result;
}

// Output goes to files, so that a full pipe can never stop either side.
class SpawnActions {
 public:
  SpawnActions(const std::string& out, const std::string& err, const std::string& directory) {
    check(posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init");
    constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, out.c_str(), kWrite, 0600);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, err.c_str(), kWrite, 0600);
    posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
  }
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// Sends a signal when something has come about; nothing to a process that has ended before.
void signal_when(pid_t child, int signal, const std::function<bool()>& is_time) {
  const auto is_running = [&] {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
  };
  while (!is_time() && is_running()) usleep(500);
  kill(child, signal);
}

}  // namespace

ProgramRun run_gpstoken(const std::vector<std::string>& words, const RunOptions& options) {
  const TemporaryFolder capture;
  const std::string out = options.output.empty() ? (capture / "out").string() : options.output;
  const std::string err = capture / "err";
  std::vector<std::string> arguments = {GPST_PROGRAM};
  arguments.insert(arguments.end(), words.begin(), words.end());
  std::vector<std::string> environment = environment_of(options);
  const SpawnActions actions(out, err, options.directory.string());
  pid_t child = 0;
  check(posix_spawn(&child, GPST_PROGRAM, actions.get(), nullptr, pointers(arguments).data(),
                    pointers(environment).data()),
        GPST_PROGRAM);
  if (!options.interrupt_when.empty()) {
    signal_when(child, SIGINT, [&] { return std::filesystem::exists(options.interrupt_when); });
  }
  if (options.kill_when) signal_when(child, SIGKILL, options.kill_when);
  int status = 0;
  if (waitpid(child, &status, 0) != child) check(errno, "waitpid");
  const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return {code, options.output.empty() ? read_text(out) : "", read_text(err)};
}

void expect_run_facts(const std::string& report) {
  const nlohmann::json json = nlohmann::json::parse(report);
  EXPECT_GT(json.at("seconds").get<double>(), 0) << report;
  EXPECT_GT(json.at("cpu_share").get<double>(), 0) << report;
  EXPECT_GT(json.at("peak_memory_bytes").get<int64_t>(), 1 << 20) << report;
  EXPECT_FALSE(json.at("device").get<std::string>().empty()) << report;
  EXPECT_EQ(json.at("dtype"), "fp32") << report;
  EXPECT_EQ(json.at("dtype_asked"), "fp32") << report;
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace gpst
