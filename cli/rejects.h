#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "cli/command.h"
#include "io/json_lines.h"

namespace gpst {

// Inputs that could not be used: each costs itself only, is written to rejects.jsonl beside the
// outputs (path, reason) and warned of. Thread-safe.
class Rejects {
 public:
  Rejects(const std::filesystem::path& folder, Log& log);

  // Makes the folder and removes the rejects.jsonl of an earlier run.
  void start();

  void add(const std::string& path, const std::string& reason);
  int64_t count() const { return count_; }

  // ok, partial when some of `total` inputs were rejected, input when all were.
  ExitCode exit_code(int64_t total) const;

 private:
  std::filesystem::path path_;
  JsonLinesWriter lines_;
  Log& log_;
  std::atomic<int64_t> count_ = 0;
};

// "encoded 12 pictures, 1 rejected" with the exit code that fits; `verb` is what was done, `facts`
// what the report says beside the numbers.
CommandResult counted_result(const Rejects& rejects, int64_t total, const char* verb,
                             const nlohmann::json& facts);

}  // namespace gpst
