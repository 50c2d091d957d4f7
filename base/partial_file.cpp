#include "base/partial_file.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/files.h"
#include "base/storage.h"

namespace gpst {

struct PartialFile::State {
  std::string path;
  std::string temporary;
  Descriptor file;
};

PartialFile::PartialFile(const std::string& path) : state_(std::make_unique<State>()) {
  if (is_directory(path)) throw_io_error("create the file", path, EISDIR);
  state_->path = path;
  state_->temporary = path + ".partial";
  state_->file = open_temporary(state_->temporary);
}

PartialFile::PartialFile(PartialFile&&) noexcept = default;
PartialFile::~PartialFile() = default;

const std::string& PartialFile::path() const { return state_->path; }

void PartialFile::resize(std::int64_t size) { set_size(state_->file, size, state_->temporary); }

void PartialFile::write(std::int64_t offset, std::span<const std::byte> bytes) {
  write_all(state_->file, bytes.data(), bytes.size(), offset, state_->temporary);
}

bool PartialFile::read(std::int64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::pread(state_->file.get(), bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_io_error("read", state_->temporary, errno);
    if (count == 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += count;
  }
  return true;
}

void PartialFile::commit() {
  sync_file(state_->file, state_->temporary);
  rename_path(state_->temporary, state_->path);
  const Descriptor file = std::move(state_->file);
  sync_directory(parent_directory(state_->path));
}

}  // namespace gpst
