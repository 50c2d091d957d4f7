#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/storage.h"

namespace gpst {
namespace {

// Whether the name still belongs to the opened file: its writer may have renamed it in between.
bool still_named(const Descriptor& file, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(file.get(), &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

}  // namespace

Descriptor open_temporary(const std::string& path) {
  for (;;) {
    Descriptor file = open_to_write(path);
    if (try_lock(file, path) == LockResult::held_by_other) {
      throw IoError(fmt::format(
          "cannot create {}: another process is writing it; wait for it or stop it", path));
    }
    if (still_named(file, path)) return file;
  }
}

void set_size(const Descriptor& file, std::int64_t size, const std::string& path) {
  if (::ftruncate(file.get(), size) != 0) throw_io_error("set the size of", path, errno);
}

}  // namespace gpst
