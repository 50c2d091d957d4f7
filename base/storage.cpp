#include "base/storage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "base/storage_error.h"
#include "base/storage_faults.h"

namespace gpst {
namespace {

constexpr int kKilledStatus = 137;  // what a shell reports after SIGKILL

// Passes the seam: true when the call is to fail, with errno set.
bool fault(StorageCall call) {
  const Fault planned = process_faults().next(call);
  if (planned.kill) _exit(kKilledStatus);
  errno = planned.error;
  return planned.error != 0;
}

// Repeats a call that a signal interrupted.
template <class Call>
auto retry(const Call& call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

// Beyond RLIMIT_FSIZE a write kills the process unless SIGXFSZ is ignored; then it fails with
// EFBIG, which can be reported. A handler of the program's own is left alone.
void ignore_size_signal() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction present {};
    sigaction(SIGXFSZ, nullptr, &present);
    if (present.sa_handler == SIG_DFL) std::signal(SIGXFSZ, SIG_IGN);
  });
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Descriptor::~Descriptor() {
  if (is_open()) ::close(number_);
}

void Descriptor::close(const std::string& path) {
  if (!is_open()) return;
  const bool failed = fault(StorageCall::close);
  const int planned = errno;
  const int result = ::close(std::exchange(number_, -1));
  if (failed) throw_io_error("close", path, planned);
  if (result != 0 && errno != EINTR) throw_io_error("close", path, errno);
}

Descriptor open_to_read(const std::string& path) {
  Descriptor file(retry([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (!file.is_open()) throw_io_error("open", path, errno);
  return file;
}

Descriptor open_to_write(const std::string& path) {
  ignore_size_signal();
  constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
  if (fault(StorageCall::open)) throw_io_error("create", path, errno);
  Descriptor file(retry([&] { return ::open(path.c_str(), kFlags, 0666); }));
  if (!file.is_open()) throw_io_error("create", path, errno);
  return file;
}

void write_all(const Descriptor& file, const void* data, std::size_t size, std::int64_t offset,
               const std::string& path) {
  const auto* const bytes = static_cast<const char*>(data);
  const Fault planned = process_faults().next(StorageCall::write);
  const std::size_t wanted = planned.kill ? size / 2 : size;
  std::size_t done = 0;
  errno = planned.error;
  while (done < wanted && planned.error == 0) {
    const auto at = static_cast<off_t>(offset + static_cast<std::int64_t>(done));
    const ssize_t count =
        retry([&] { return ::pwrite(file.get(), bytes + done, wanted - done, at); });
    if (count == 0) errno = ENOSPC;
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  if (planned.kill) _exit(kKilledStatus);
  if (done < size) {
    throw_io_error(fmt::format("write {} (after the first {}) to", format_bytes(size - done),
                               format_bytes(static_cast<std::uint64_t>(offset) + done)),
                   path, errno);
  }
}

void sync_file(const Descriptor& file, const std::string& path) {
  if (fault(StorageCall::fsync)) throw_io_error("flush", path, errno);
  if (retry([&] { return ::fsync(file.get()); }) != 0) throw_io_error("flush", path, errno);
}

void sync_directory(const std::string& path) {
  if (fault(StorageCall::fsync)) throw_io_error("flush the folder", path, errno);
  const Descriptor folder(retry([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY); }));
  if (!folder.is_open()) throw_io_error("open the folder", path, errno);
  // Some network file systems know no fsync of folders and say EINVAL.
  if (retry([&] { return ::fsync(folder.get()); }) != 0 && errno != EINVAL) {
    throw_io_error("flush the folder", path, errno);
  }
}

void rename_path(const std::string& from, const std::string& to) {
  const std::string action = fmt::format("rename {} to", from);
  if (fault(StorageCall::rename)) throw_io_error(action, to, errno);
  if (::rename(from.c_str(), to.c_str()) != 0) throw_io_error(action, to, errno);
}

bool make_directory(const std::string& path) {
  if (fault(StorageCall::mkdir)) throw_io_error("create the folder", path, errno);
  if (::mkdir(path.c_str(), 0777) == 0) return true;
  const int code = errno;
  if (code == EEXIST) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return false;
    throw IoError(fmt::format(
        "cannot create the folder {}: a file of this name stands there; choose another name",
        path));
  }
  throw_io_error("create the folder", path, code);
}

void remove_all(const std::string& path) {
  if (fault(StorageCall::remove)) throw_io_error("remove", path, errno);
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) throw_io_error("remove", path, error.value());
}

void remove_quietly(const std::string& path) noexcept { ::unlink(path.c_str()); }

LockResult try_lock(const Descriptor& file, const std::string& path) {
  if (retry([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB); }) == 0) return LockResult::taken;
  if (errno == EWOULDBLOCK) return LockResult::held_by_other;
  if (errno == ENOLCK || errno == EOPNOTSUPP || errno == EINVAL) return LockResult::unsupported;
  throw_io_error("lock", path, errno);
}

std::string parent_directory(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "." : "/";
  const std::string parent = std::filesystem::path(path.substr(0, end + 1)).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace gpst
