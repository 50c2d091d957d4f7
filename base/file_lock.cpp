#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/storage.h"

namespace gpst {
namespace {

// What the holder wrote into the file about itself.
std::string holder(const Descriptor& file) {
  std::array<char, 64> text{};
  const ssize_t size = ::pread(file.get(), text.data(), text.size(), 0);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "another process";
}

Descriptor lock_file(const std::string& path) {
  Descriptor file = open_to_write(path);
  switch (try_lock(file, path)) {
    case LockResult::taken:
      break;
    case LockResult::held_by_other:
      throw IoError(fmt::format("{} is locked by {}; wait for it, stop it, or use another folder",
                                path, holder(file)));
    case LockResult::unsupported:
      throw IoError(fmt::format(
          "cannot lock {}: its file system knows no locks; use a folder on another one", path));
  }
  if (::ftruncate(file.get(), 0) != 0) throw_io_error("empty", path, errno);
  const std::string text = fmt::format("process {}", ::getpid());
  write_all(file, text.data(), text.size(), 0, path);
  return file;
}

}  // namespace

struct FileLock::State {
  Descriptor file;
};

FileLock::FileLock(const std::string& path) : state_(new State{lock_file(path)}) {}
FileLock::FileLock(FileLock&&) noexcept = default;
FileLock& FileLock::operator=(FileLock&&) noexcept = default;
FileLock::~FileLock() = default;

}  // namespace gpst
