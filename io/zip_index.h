// The directory of a zip archive: which members there are and where their bytes lie. Internal to
// io.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace gpst {

enum class ZipMethod : uint16_t { stored = 0, deflated = 8 };

struct ZipEntry {
  std::string name;
  uint16_t flags = 0;
  uint16_t method = 0;  // a ZipMethod, unless the member is one this program cannot read
  uint32_t crc = 0;     // of the uncompressed bytes
  uint64_t compressed_size = 0;
  uint64_t size = 0;
  uint64_t offset = 0;  // of the local header
};

// A mapped archive and its central directory, zip64 included. Every offset and size in it is
// checked against the file; InputError for anything that does not fit, for two members of one name
// and for archives in several parts.
class ZipIndex {
 public:
  explicit ZipIndex(const std::string& path);

  const std::vector<ZipEntry>& entries() const { return entries_; }
  const std::string& path() const { return file_.path(); }
  const std::string& comment() const { return comment_; }

  // The bytes of a member as they are stored, after a check of its local header. InputError for
  // encrypted members and unknown compression.
  std::span<const std::byte> stored_bytes(const ZipEntry& entry) const;

 private:
  MappedFile file_;
  uint64_t directory_offset_ = 0;
  std::string comment_;
  std::vector<ZipEntry> entries_;
};

}  // namespace gpst
