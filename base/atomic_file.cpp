#include <cerrno>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/storage.h"

namespace gpst {
namespace {

constexpr std::size_t kBufferSize = std::size_t{1} << 18;

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
  set_size(state_->file, 0, state_->temporary);
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
