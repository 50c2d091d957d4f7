#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/storage.h"
#include "base/storage_error.h"

namespace gpst {
namespace {

struct stat status_of(const Descriptor& file, const std::string& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_io_error("read", path, errno);
  if (S_ISDIR(status.st_mode)) throw_io_error("read", path, EISDIR);
  return status;
}

void unmap(std::span<const std::byte> bytes) {
  if (!bytes.empty()) ::munmap(const_cast<std::byte*>(bytes.data()), bytes.size());
}

}  // namespace

MappedFile::MappedFile(const std::string& path) : path_(path) {
  const Descriptor file = open_to_read(path);
  const struct stat status = status_of(file, path);
  if (!S_ISREG(status.st_mode)) {
    throw IoError(fmt::format("cannot map {}: it is not a regular file; copy it to one", path));
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return;
  void* const start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (start == MAP_FAILED) throw_io_error("map", path, errno);
  bytes_ = {static_cast<const std::byte*>(start), size};
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)), bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() { unmap(bytes_); }

std::string read_file(const std::string& path, std::int64_t limit) {
  constexpr std::size_t kChunk = std::size_t{1} << 16;
  const Descriptor file = open_to_read(path);
  const struct stat status = status_of(file, path);
  std::string content;
  std::size_t size = 0;
  for (;;) {
    // One byte more than the file has shows its end without another round.
    const auto left = static_cast<std::size_t>(std::max<std::int64_t>(status.st_size + 1, 0));
    content.resize(std::max(size + kChunk, std::min(left, static_cast<std::size_t>(limit) + 1)));
    const ssize_t count = ::read(file.get(), content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_io_error("read", path, errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
    if (std::cmp_greater(size, limit)) {
      throw InputError(fmt::format("{}: expected at most {}, found more", path,
                                   format_bytes(static_cast<std::uint64_t>(limit))));
    }
  }
  content.resize(size);
  return content;
}

}  // namespace gpst
