#include "cli/token_inputs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

void add_folder(const fs::path& folder, std::vector<TokenInput>& found) {
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".safetensors") continue;
    const fs::path relative = entry.path().lexically_relative(folder);
    found.push_back({entry.path(), relative.parent_path() / relative.stem()});
  }
}

void check_names(const std::vector<TokenInput>& sorted) {
  for (size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i].stem != sorted[i - 1].stem) continue;
    throw InputError(fmt::format("{} and {} would both be written as {}; rename one",
                                 sorted[i - 1].path.string(), sorted[i].path.string(),
                                 sorted[i].stem));
  }
}

}  // namespace

std::vector<TokenInput> find_token_files(const std::vector<std::string>& inputs) {
  std::vector<TokenInput> found;
  for (const std::string& input : inputs) {
    if (!fs::exists(input)) throw IoError(fmt::format("{}: no such file or folder", input));
    if (fs::is_directory(input)) {
      add_folder(input, found);
    } else {
      found.push_back({input, fs::path(input).stem()});
    }
  }
  if (found.empty()) throw InputError("no token files (.safetensors) in what was given");
  std::sort(found.begin(), found.end(),
            [](const TokenInput& a, const TokenInput& b) { return a.stem < b.stem; });
  check_names(found);
  return found;
}

}  // namespace gpst
