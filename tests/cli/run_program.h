#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace gpst {

// What one call of the real program did.
struct ProgramRun {
  int exit_code = -1;  // 128 + signal when it was ended by one
  std::string out;
  std::string err;
};

struct RunOptions {
  std::map<std::string, std::string> environment = {};  // added to a small clean environment
  bool hides_gpus = true;                     // what is compared byte by byte are the CPU's results
  bool in_fp32 = true;                        // the same on every machine: GPST_DTYPE
  std::filesystem::path directory = ".";      // where it runs
  std::string output = {};                    // stdout goes there instead of `out`
  std::filesystem::path interrupt_when = {};  // SIGINT as soon as this file is there
  std::function<bool()> kill_when = {};       // SIGKILL as soon as this is so
};

// Runs build/.../bin/gpstoken with these words after its name and waits for its end.
ProgramRun run_gpstoken(const std::vector<std::string>& words, const RunOptions& options = {});

// Expects the facts that every report has: seconds, cpu_share, peak_memory_bytes, device, dtype.
void expect_run_facts(const std::string& report);

std::string read_text(const std::filesystem::path& path);
void write_text(const std::filesystem::path& path, const std::string& text);

}  // namespace gpst
