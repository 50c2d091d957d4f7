#include "cli/outputs.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/system.h"

namespace gpst {
namespace {

constexpr const char* kSourceHashKey = "gpst:source-hash";

}  // namespace

std::vector<PngText> Provenance::text() const {
  std::vector<PngText> result = {{"Software", "gpstoken " + code_version()},
                                 {"gpst:command", command},
                                 {"gpst:model", model},
                                 {"gpst:weights", weights_id},
                                 {"gpst:settings", settings},
                                 {"gpst:device", device},
                                 {"gpst:dtype", dtype}};
  if (!source.empty()) result.push_back({"gpst:source", source});
  if (!source_id.empty()) result.push_back({kSourceHashKey, source_id});
  return result;
}

bool is_same_output(const std::filesystem::path& path, std::vector<PngText> text, SourceHash hash) {
  if (!path_exists(path.string())) return false;
  try {
    std::vector<PngText> found = read_png_text(MappedFile(path.string()).bytes(), path.string());
    if (hash == SourceHash::ignore) {
      const auto is_hash = [](const PngText& each) { return each.key == kSourceHashKey; };
      std::erase_if(found, is_hash);
      std::erase_if(text, is_hash);
    }
    return found == text;
  } catch (const InputError&) {
    return false;
  }
}

void refuse_existing(const std::vector<std::filesystem::path>& paths, const CommonOptions& common) {
  if (common.overwrite) return;
  for (const std::filesystem::path& path : paths) {
    if (!path_exists(path.string())) continue;
    throw IoError(
        fmt::format("{} exists and was made otherwise; give another output folder, or --overwrite "
                    "to replace it",
                    path.string()));
  }
}

std::string ready_to_write(const std::filesystem::path& path) {
  if (path.has_parent_path()) create_directories(path.parent_path().string());
  return path.string();
}

}  // namespace gpst
