#include "cli/rejects.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/files.h"

namespace gpst {
namespace {

std::filesystem::path fresh(const std::filesystem::path& path) {
  remove_tree(path.string());
  return path;
}

}  // namespace

Rejects::Rejects(const std::filesystem::path& folder, Log& log)
    : lines_(fresh(folder / "rejects.jsonl")), log_(log) {}

void Rejects::add(const std::string& path, const std::string& reason) {
  lines_.append({{"path", path}, {"reason", reason}});
  log_.warn(fmt::format("rejected {}: {}", path, reason));
  ++count_;
}

ExitCode Rejects::exit_code(int64_t total) const {
  if (count_ == 0) return ExitCode::ok;
  return count_ >= total ? ExitCode::input : ExitCode::partial;
}

}  // namespace gpst
