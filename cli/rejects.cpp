#include "cli/rejects.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/files.h"

namespace gpst {

Rejects::Rejects(const std::filesystem::path& folder, Log& log)
    : path_(folder / "rejects.jsonl"), lines_(path_.string()), log_(log) {}

void Rejects::start() {
  create_directories(path_.parent_path().string());
  remove_tree(path_.string());
}

void Rejects::add(const std::string& path, const std::string& reason) {
  lines_.append({{"path", path}, {"reason", reason}});
  log_.warn(fmt::format("rejected {}: {}", path, reason));
  ++count_;
}

ExitCode Rejects::exit_code(int64_t total) const {
  if (count_ == 0) return ExitCode::ok;
  return count_ >= total ? ExitCode::input : ExitCode::partial;
}

CommandResult counted_result(const Rejects& rejects, int64_t total, const char* verb,
                             const nlohmann::json& facts) {
  const int64_t done = total - rejects.count();
  nlohmann::json report = {{"n_samples", done}, {"rejected", rejects.count()}};
  report.update(facts);
  return {.text = fmt::format("{} {} pictures, {} rejected\n", verb, done, rejects.count()),
          .json = report.dump(2),
          .exit = rejects.exit_code(total)};
}

}  // namespace gpst
