// The records of a zip archive around its members' bytes. Internal to io.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gpst {

// A stored member.
struct ZipRecord {
  std::string name;
  uint64_t size = 0;
  uint64_t offset = 0;  // of its local header
  uint32_t crc = 0;
};

// std::logic_error when it is longer than the format allows, 65535 bytes.
void check_zip_comment(std::string_view text);

// Sizes and offsets from `zip64_from` on are written in the zip64 form; so are all that do not fit
// the plain one. The size of a record depends on its member's name, size and offset only.
class ZipRecords {
 public:
  explicit ZipRecords(uint64_t zip64_from);

  std::string local_header(const ZipRecord& entry) const;
  // All that stands behind the members: their directory, which starts at `offset`, and its end.
  std::string directory(std::span<const ZipRecord> entries, uint64_t offset,
                        std::string_view comment) const;

 private:
  bool needs_zip64(uint64_t value) const { return value >= zip64_from_; }
  std::string central_header(const ZipRecord& entry) const;
  std::string end_records(uint64_t count, uint64_t directory_offset, uint64_t directory_size,
                          std::string_view comment) const;

  uint64_t zip64_from_;
};

}  // namespace gpst
