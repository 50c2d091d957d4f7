// Writes a zip archive of stored members, streamed. Internal to io.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "io/zip_records.h"

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
  // The archive's comment; the last one given counts.
  void set_comment(std::string_view text);
  void commit();

 private:
  AtomicFile file_;
  ZipRecords records_;
  std::vector<ZipRecord> entries_;
  std::string comment_;
  bool in_entry_ = false;
  uint64_t remaining_ = 0;  // bytes of the current entry still to come
};

}  // namespace gpst
