// Writes a zip archive of stored members, streamed. Internal to io.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace gpst {

// Sizes are given beforehand, so members need no trailing descriptor; only the checksum is filled
// in afterwards. Sizes and offsets from `zip64_from` on are written in the zip64 form. Wrong use is
// a std::logic_error.
class ZipWriter {
 public:
  ZipWriter(const std::string& path, uint64_t zip64_from);

  void begin_entry(std::string_view name, uint64_t size);
  void write(std::span<const std::byte> bytes);
  void end_entry();
  void commit();

 private:
  struct Entry {
    std::string name;
    uint64_t size = 0;
    uint64_t offset = 0;
    uint32_t crc = 0;
  };

  bool needs_zip64(uint64_t value) const { return value >= zip64_from_; }
  std::string local_header(const Entry& entry) const;
  std::string central_header(const Entry& entry) const;
  std::string end_records(uint64_t directory_offset, uint64_t directory_size) const;

  AtomicFile file_;
  uint64_t zip64_from_;
  std::vector<Entry> entries_;
  bool in_entry_ = false;
  uint64_t remaining_ = 0;  // bytes of the current entry still to come
};

}  // namespace gpst
