#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/storage.h"

namespace gpst {
namespace {

constexpr std::size_t kBufferSize = std::size_t{1} << 18;

// Whether the name still belongs to the opened file: its writer may have renamed it in between.
bool still_named(const Descriptor& file, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(file.get(), &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

// The temporary, locked and empty. A file system without locks is trusted to have one writer.
Descriptor open_temporary(const std::string& path) {
  for (;;) {
    Descriptor file = open_to_write(path);
    if (try_lock(file, path) == LockResult::held_by_other) {
      throw IoError(fmt::format(
          "cannot create {}: another process is writing it; wait for it or stop it", path));
    }
    if (!still_named(file, path)) continue;
    if (::ftruncate(file.get(), 0) != 0) throw_io_error("empty", path, errno);
    return file;
  }
}

}  // namespace

struct AtomicFile::State {
  std::string path;
  std::string temporary;
  Descriptor file;
  std::vector<char> buffer;
  std::int64_t buffer_start = 0;  // where the buffer's first byte belongs

  void flush() {
    if (buffer.empty()) return;
    write_all(file, buffer.data(), buffer.size(), buffer_start, temporary);
    buffer_start += static_cast<std::int64_t>(buffer.size());
    buffer.clear();
  }

  ~State() {
    // Removed before the lock is given up, so that it cannot be another writer's.
    if (file.is_open()) remove_quietly(temporary);
  }
};

AtomicFile::AtomicFile(const std::string& path) : state_(std::make_unique<State>()) {
  if (is_directory(path)) throw_io_error("create the file", path, EISDIR);
  state_->path = path;
  state_->temporary = path + ".partial";
  state_->file = open_temporary(state_->temporary);
  state_->buffer.reserve(kBufferSize);
}

AtomicFile::AtomicFile(AtomicFile&&) noexcept = default;
AtomicFile& AtomicFile::operator=(AtomicFile&&) noexcept = default;
AtomicFile::~AtomicFile() = default;

void AtomicFile::write(const void* data, std::size_t size) {
  State& state = *state_;
  const auto* const bytes = static_cast<const char*>(data);
  if (state.buffer.size() + size > kBufferSize) state.flush();
  if (size > kBufferSize) {
    write_all(state.file, bytes, size, state.buffer_start, state.temporary);
    state.buffer_start += static_cast<std::int64_t>(size);
  } else {
    state.buffer.insert(state.buffer.end(), bytes, bytes + size);
  }
}

void AtomicFile::seek(std::int64_t position) {
  state_->flush();
  state_->buffer_start = position;
}

std::int64_t AtomicFile::position() const {
  return state_->buffer_start + static_cast<std::int64_t>(state_->buffer.size());
}

const std::string& AtomicFile::path() const { return state_->path; }

void AtomicFile::commit() {
  State& state = *state_;
  state.flush();
  sync_file(state.file, state.temporary);
  rename_path(state.temporary, state.path);
  // The temporary's name is gone; from here on there is nothing to remove.
  Descriptor file = std::move(state.file);
  sync_directory(parent_directory(state.path));
  file.close(state.path);
}

void write_file_atomic(const std::string& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

}  // namespace gpst
