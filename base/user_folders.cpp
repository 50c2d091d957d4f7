#include "base/user_folders.h"

#include <cstdlib>

namespace gpst {
namespace {

std::filesystem::path folder_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

}  // namespace

std::filesystem::path gpst_home() { return folder_of("GPST_HOME"); }

std::filesystem::path cache_folder() {
  if (const std::filesystem::path given = folder_of("XDG_CACHE_HOME"); !given.empty()) return given;
  const std::filesystem::path home = folder_of("HOME");
  return home.empty() ? home : home / ".cache";
}

}  // namespace gpst
