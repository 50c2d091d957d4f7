#include "base/append_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/storage.h"

namespace gpst {

struct AppendFile::State {
  std::string path;
  Descriptor file;
  std::int64_t size = 0;
};

AppendFile::AppendFile(const std::string& path, std::int64_t keep)
    : state_(std::make_unique<State>()) {
  state_->path = path;
  state_->file = open_to_write(path);
  state_->size = keep;
  struct stat status {};
  if (::fstat(state_->file.get(), &status) != 0) throw_io_error("append to", path, errno);
  if (status.st_size < keep) {
    throw IoError(fmt::format("cannot append to {}: expected at least {} bytes, found {}", path,
                              keep, static_cast<std::int64_t>(status.st_size)));
  }
  if (::ftruncate(state_->file.get(), keep) != 0) throw_io_error("cut", path, errno);
}

AppendFile::AppendFile(AppendFile&&) noexcept = default;
AppendFile& AppendFile::operator=(AppendFile&&) noexcept = default;
AppendFile::~AppendFile() = default;

void AppendFile::append(std::string_view text) {
  write_all(state_->file, text.data(), text.size(), state_->size, state_->path);
  state_->size += static_cast<std::int64_t>(text.size());
}

std::int64_t AppendFile::size() const { return state_->size; }

}  // namespace gpst
