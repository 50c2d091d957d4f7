#include "sampler/model_search.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>

#include "base/error.h"
#include "base/user_folders.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

fs::path program_folder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : program.parent_path();
}

bool is_bare_name(const std::string& name) {
  return !name.empty() && name.find('/') == std::string::npos && name != "." && name != "..";
}

}  // namespace

std::vector<fs::path> model_search_path() {
  std::vector<fs::path> folders;
  if (const char* given = std::getenv("GPST_MODEL_PATH")) {
    std::istringstream parts(given);
    for (std::string part; std::getline(parts, part, ':');) {
      if (!part.empty()) folders.emplace_back(part);
    }
  }
  folders.emplace_back("models");
  if (const fs::path home = gpst_home(); !home.empty()) folders.push_back(home / "models");
  if (const fs::path bin = program_folder(); !bin.empty()) {
    folders.push_back((bin / "../../../models").lexically_normal());
    folders.push_back((bin / "../share/gpst/models").lexically_normal());
  }
  return folders;
}

fs::path find_model(const std::string& name) {
  std::error_code ignored;
  if (fs::is_directory(name, ignored)) return name;
  if (fs::exists(name, ignored)) {
    throw IoError(fmt::format(
        "model {}: expected a folder with config.yaml and weights, found a file; a single weights "
        "file is given with --tokenizer and its YAML with --config",
        name));
  }
  std::string looked = name;
  if (is_bare_name(name)) {
    for (const fs::path& folder : model_search_path()) {
      const fs::path candidate = folder / name;
      if (fs::is_directory(candidate, ignored)) return candidate;
      looked += ", " + candidate.string();
    }
  }
  throw IoError(fmt::format(
      "no model folder '{}'; looked for: {}. Give --model a folder with config.yaml and weights",
      name, looked));
}

}  // namespace gpst
