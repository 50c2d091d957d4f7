#include "io/json_lines.h"

#include <fmt/format.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/append_file.h"
#include "base/error.h"
#include "base/files.h"

namespace gpst {
namespace {

// The length of the complete lines of a file; 0 when there is no file.
int64_t complete_lines_size(const std::string& path) {
  if (!path_exists(path)) return 0;
  return static_cast<int64_t>(read_file(path).rfind('\n') + 1);  // npos + 1 is 0
}

}  // namespace

struct JsonLinesWriter::State {
  std::string path;
  std::mutex mutex;
  std::optional<AppendFile> file;
};

JsonLinesWriter::JsonLinesWriter(const std::string& path) : state_(std::make_unique<State>()) {
  state_->path = path;
}

JsonLinesWriter::~JsonLinesWriter() = default;

void JsonLinesWriter::append(const nlohmann::json& object) {
  const auto replace = nlohmann::json::error_handler_t::replace;
  const std::string line = object.dump(-1, ' ', false, replace) + '\n';
  const std::lock_guard lock(state_->mutex);
  if (!state_->file) state_->file.emplace(state_->path, complete_lines_size(state_->path));
  state_->file->append(line);
}

std::vector<nlohmann::json> read_json_lines(const std::string& path) {
  const std::string content = read_file(path);
  std::vector<nlohmann::json> objects;
  std::string_view rest = content;
  for (size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    objects.push_back(nlohmann::json::parse(rest.substr(0, end), nullptr, false));
    if (!objects.back().is_object()) {
      throw InputError(
          fmt::format("{}:{}: expected a JSON object on this line", path, objects.size()));
    }
    rest.remove_prefix(end + 1);
  }
  return objects;
}

}  // namespace gpst
