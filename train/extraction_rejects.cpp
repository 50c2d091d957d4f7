#include "train/extraction_rejects.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "image/picture_source.h"
#include "io/json_lines.h"
#include "train/extraction_parts.h"

namespace gpst {
namespace {

using nlohmann::json;

std::string rejects_line(const std::string& path, const std::string& reason) {
  const json line = {{"path", path}, {"reason", reason}};
  return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

void join_rejects(const std::filesystem::path& folder, const ExtractJob& job,
                  const std::unordered_set<int64_t>& made) {
  const std::filesystem::path path = folder / rejects_file(0);
  std::vector<std::filesystem::path> files = rejects_files_of_others(folder);
  files.push_back(path);
  std::map<std::string, std::string> lines;  // by the path as it stands in a line
  for (const std::filesystem::path& file : files) {
    if (!path_exists(file.string())) continue;
    for (const json& line : read_json_lines(file.string())) {
      lines[line.at("path")] = rejects_line(line.at("path"), line.at("reason"));
    }
  }
  std::string text;
  for (const int64_t id : job.positions) {
    if (made.contains(id)) continue;
    const std::string unknown = rejects_line(job.source.location(id), "not recorded any more");
    const auto line = lines.find(json::parse(unknown).at("path"));
    text += line == lines.end() ? unknown : line->second;
  }
  if (text.empty()) {
    remove_tree(path.string());
  } else {
    write_file_atomic(path.string(), text);
  }
}

}  // namespace gpst
