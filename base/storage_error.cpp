#include "base/storage_error.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "base/storage.h"

namespace gpst {
namespace {

std::string free_space(const std::string& path) {
  std::error_code error;
  const auto space = std::filesystem::space(parent_directory(path), error);
  return error ? "" : fmt::format(", {} free there", format_bytes(space.available));
}

// Why, and what to do about it; the second part may be empty.
struct Explanation {
  std::string reason;
  std::string_view advice;
};

Explanation explain(const std::string& path, int code) {
  const std::string system_text = std::generic_category().message(code);
  switch (code) {
    case ENOSPC:
      return {fmt::format("disk full ({}{})", system_text, free_space(path)),
              "free some space or choose another folder"};
    case EDQUOT:
      return {fmt::format("disk quota used up ({})", system_text),
              "remove files of yours or choose another folder"};
    case EFBIG:
      return {fmt::format("beyond the largest file allowed ({})", system_text),
              "raise the limit of the process (ulimit -f) or choose another file system"};
    case ENOENT:
      return {system_text, "check the path"};
    case EACCES:
    case EPERM:
      return {system_text, "check the owner and the permissions"};
    case EROFS:
      return {system_text, "choose a folder that can be written"};
    case ENOTDIR:
      return {fmt::format("a part of the path is a file ({})", system_text), "check the path"};
    case EISDIR:
      return {fmt::format("it is a folder ({})", system_text), "name a file"};
    case ENOTEMPTY:
    case EEXIST:
      return {fmt::format("something of this name is there already ({})", system_text),
              "remove it or choose another name"};
    case ELOOP:
      return {fmt::format("a symbolic link stands in the way ({})", system_text), "check the path"};
    case EMFILE:
    case ENFILE:
      return {system_text, "raise the limit of open files (ulimit -n)"};
    case EIO:
      return {fmt::format("the storage device failed ({})", system_text),
              "check the device and the kernel's log"};
    default:
      return {system_text, ""};
  }
}

}  // namespace

std::string format_bytes(std::uint64_t count) {
  constexpr std::array<std::string_view, 4> kUnits{"KiB", "MiB", "GiB", "TiB"};
  if (count < 1024) return fmt::format("{} bytes", count);
  double value = static_cast<double>(count) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string io_error_message(std::string_view action, const std::string& path, int code) {
  const Explanation why = explain(path, code);
  return fmt::format("cannot {} {}: {}{}{}", action, path, why.reason,
                     why.advice.empty() ? "" : "; ", why.advice);
}

void throw_io_error(std::string_view action, const std::string& path, int code) {
  throw IoError(io_error_message(action, path, code));
}

}  // namespace gpst
