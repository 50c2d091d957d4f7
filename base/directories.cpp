#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "base/files.h"
#include "base/storage.h"

namespace gpst {
namespace {

// What stands under a name. The mode is 0 when nothing does.
mode_t mode_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return status.st_mode;
  if (errno == ENOENT || errno == ENOTDIR) return 0;
  throw_io_error("look at", path, errno);
}

}  // namespace

bool path_exists(const std::string& path) { return mode_of(path) != 0; }

bool is_directory(const std::string& path) { return S_ISDIR(mode_of(path)); }

void create_directories(const std::string& path) {
  if (path.empty() || is_directory(path)) return;
  const std::string parent = std::filesystem::path(path).parent_path().string();
  if (parent != path) create_directories(parent);
  // With a trailing slash the parent is the folder itself.
  if (!is_directory(path)) make_directory(path);
}

void rename_directory(const std::string& temporary, const std::string& final_path) {
  if (path_exists(final_path)) throw_io_error("create the folder", final_path, EEXIST);
  sync_directory(temporary);
  rename_path(temporary, final_path);
  sync_directory(parent_directory(final_path));
}

void remove_tree(const std::string& path) { remove_all(path); }

}  // namespace gpst
