#include "io/zip_index.h"

#include <fmt/format.h>

#include <optional>
#include <unordered_set>

#include "base/error.h"
#include "io/bytes.h"
#include "io/file_kind.h"
#include "io/quoted.h"
#include "io/zip_format.h"

namespace gpst {
namespace {

using Bytes = std::span<const std::byte>;

[[noreturn]] void fail(std::string_view path, const std::string& what) {
  throw InputError(fmt::format("{}: broken zip archive: {}", path, what));
}

bool fits(Bytes bytes, uint64_t offset, uint64_t size) {
  return offset <= bytes.size() && size <= bytes.size() - offset;
}

bool has_signature(Bytes bytes, uint64_t offset, uint32_t signature) {
  return fits(bytes, offset, 4) && load_le<uint32_t>(bytes, offset) == signature;
}

struct Directory {
  uint64_t count = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t end = 0;  // where the record after the directory starts
  std::string comment = {};
};

// The end record is the last thing in the file but for a comment of at most 65535 bytes.
std::optional<size_t> find_end_record(Bytes file) {
  if (file.size() < zip::kEndSize) return std::nullopt;
  const size_t last = file.size() - zip::kEndSize;
  const size_t first = last > 0xFFFF ? last - 0xFFFF : 0;
  for (size_t offset = last + 1; offset-- > first;) {
    if (has_signature(file, offset, zip::kEndSignature) &&
        load_le<uint16_t>(file, offset + 20) == last - offset) {
      return offset;
    }
  }
  return std::nullopt;
}

size_t require_end_record(Bytes file, std::string_view path) {
  if (const std::optional<size_t> offset = find_end_record(file)) return *offset;
  if (has_signature(file, 0, zip::kLocalSignature)) {
    fail(path, "it has no directory at its end: the file is truncated, fetch or write it again");
  }
  const std::string hint = foreign_file_hint(file);
  throw InputError(fmt::format("{}: not a zip archive{}{}", path, hint.empty() ? "" : ": ", hint));
}

// The 64-bit directory record, when there is a locator for one before the end record.
std::optional<Directory> find_directory64(Bytes file, size_t end, std::string_view path) {
  if (end < zip::kEnd64LocatorSize) return std::nullopt;
  const size_t locator = end - zip::kEnd64LocatorSize;
  if (!has_signature(file, locator, zip::kEnd64LocatorSignature)) return std::nullopt;
  const auto offset = load_le<uint64_t>(file, locator + 8);
  if (offset > locator || !fits(file.first(locator), offset, zip::kEnd64Size) ||
      !has_signature(file, offset, zip::kEnd64Signature)) {
    fail(path, "its zip64 directory record is not where it should be");
  }
  return Directory{load_le<uint64_t>(file, offset + 32),
                   load_le<uint64_t>(file, offset + 48),
                   load_le<uint64_t>(file, offset + 40),
                   offset,
                   {}};
}

Directory find_directory(Bytes file, std::string_view path) {
  const size_t end = require_end_record(file, path);
  Directory directory{load_le<uint16_t>(file, end + 10),
                      load_le<uint32_t>(file, end + 16),
                      load_le<uint32_t>(file, end + 12),
                      end,
                      {}};
  if (const auto directory64 = find_directory64(file, end, path)) {
    directory = *directory64;
  } else if (load_le<uint16_t>(file, end + 4) != 0 || load_le<uint16_t>(file, end + 6) != 0) {
    fail(path, "archives in several parts are not read");
  }
  if (directory.offset > directory.end || directory.size != directory.end - directory.offset) {
    fail(path, "its directory is not where it should be: bytes were lost or put in front");
  }
  directory.comment = as_text(file.subspan(end + zip::kEndSize));
  return directory;
}

// Replaces fields that hold the marker by the 64-bit ones of the extra field, in their fixed order.
void apply_zip64_extra(ZipEntry& entry, Bytes extra, std::string_view path) {
  while (extra.size() >= 4) {
    const auto id = load_le<uint16_t>(extra, 0);
    const auto size = load_le<uint16_t>(extra, 2);
    if (!fits(extra, 4, size)) break;
    Bytes fields = extra.subspan(4, size);
    extra = extra.subspan(4 + size_t{size});
    if (id != zip::kZip64ExtraId) continue;
    for (uint64_t* value : {&entry.size, &entry.compressed_size, &entry.offset}) {
      if (*value != zip::kIn64Bit32) continue;
      if (fields.size() < 8)
        fail(path, "a zip64 field of " + quote_name(entry.name) + " is missing");
      *value = load_le<uint64_t>(fields, 0);
      fields = fields.subspan(8);
    }
    return;
  }
}

// The entry at the front of `rest`, which is moved behind it.
ZipEntry take_entry(Bytes& rest, std::string_view path) {
  if (rest.size() < zip::kCentralSize || !has_signature(rest, 0, zip::kCentralSignature)) {
    fail(path, "its directory is damaged");
  }
  const size_t name_size = load_le<uint16_t>(rest, 28);
  const size_t extra_size = load_le<uint16_t>(rest, 30);
  const size_t comment_size = load_le<uint16_t>(rest, 32);
  if (!fits(rest, zip::kCentralSize, name_size + extra_size + comment_size)) {
    fail(path, "its directory is cut off");
  }
  ZipEntry entry;
  entry.name = as_text(rest.subspan(zip::kCentralSize, name_size));
  entry.flags = load_le<uint16_t>(rest, 8);
  entry.method = load_le<uint16_t>(rest, 10);
  entry.crc = load_le<uint32_t>(rest, 16);
  entry.compressed_size = load_le<uint32_t>(rest, 20);
  entry.size = load_le<uint32_t>(rest, 24);
  entry.offset = load_le<uint32_t>(rest, 42);
  apply_zip64_extra(entry, rest.subspan(zip::kCentralSize + name_size, extra_size), path);
  rest = rest.subspan(zip::kCentralSize + name_size + extra_size + comment_size);
  return entry;
}

}  // namespace

ZipIndex::ZipIndex(const std::string& path) : file_(path) {
  const Bytes file = file_.bytes();
  const Directory directory = find_directory(file, path);
  directory_offset_ = directory.offset;
  comment_ = directory.comment;
  Bytes rest = file.subspan(directory.offset, directory.size);
  std::unordered_set<std::string> names;
  while (!rest.empty()) {
    entries_.push_back(take_entry(rest, path));
    const std::string& name = entries_.back().name;
    if (!names.insert(name).second) fail(path, "two members are called " + quote_name(name));
  }
  if (entries_.size() != directory.count) {
    fail(path, fmt::format("its directory has {} members, expected {}", entries_.size(),
                           directory.count));
  }
}

std::span<const std::byte> ZipIndex::stored_bytes(const ZipEntry& entry) const {
  const std::string where = fmt::format("member {}: ", quote_name(entry.name));
  if (entry.flags & zip::kFlagEncrypted) fail(path(), where + "encrypted members are not read");
  if (entry.method != static_cast<uint16_t>(ZipMethod::stored) &&
      entry.method != static_cast<uint16_t>(ZipMethod::deflated)) {
    fail(path(), fmt::format("{}compression method {} is not read: store or deflate it", where,
                             entry.method));
  }
  const Bytes before_directory = file_.bytes().first(directory_offset_);
  if (!fits(before_directory, entry.offset, zip::kLocalSize) ||
      !has_signature(before_directory, entry.offset, zip::kLocalSignature)) {
    fail(path(), where + "its header is not where the directory says");
  }
  const Bytes local = before_directory.subspan(entry.offset);
  const size_t name_size = load_le<uint16_t>(local, 26);
  const size_t start = zip::kLocalSize + name_size + load_le<uint16_t>(local, 28);
  if (!fits(local, zip::kLocalSize, name_size) ||
      as_text(local.subspan(zip::kLocalSize, name_size)) != entry.name ||
      load_le<uint16_t>(local, 8) != entry.method) {
    fail(path(), where + "its header and the directory disagree");
  }
  if (!fits(local, start, entry.compressed_size)) {
    fail(path(), fmt::format("{}truncated: expected {} bytes, found {}", where,
                             entry.compressed_size, local.size() - std::min(start, local.size())));
  }
  return local.subspan(start, entry.compressed_size);
}

}  // namespace gpst
