#include "io/zip_records.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "io/bytes.h"
#include "io/zip_format.h"

namespace gpst {
namespace {

constexpr uint16_t kDosDate =
    (1980 - 1980) << 9 | 1 << 5 | 1;  // 1980-01-01: equal runs, equal bytes

uint16_t version(bool is_zip64) { return is_zip64 ? zip::kVersionZip64 : zip::kVersionPlain; }

uint32_t field32(uint64_t value, bool is_zip64) {
  return is_zip64 ? zip::kIn64Bit32 : static_cast<uint32_t>(value);
}

// Flags to checksum: the part that local and central headers share.
void append_common(std::string& out, uint32_t crc, bool is_zip64) {
  append_le(out, version(is_zip64));
  append_le(out, zip::kFlagUtf8);
  append_le(out, uint16_t{0});  // stored
  append_le(out, uint16_t{0});  // midnight
  append_le(out, kDosDate);
  append_le(out, crc);
}

}  // namespace

void check_zip_comment(std::string_view text) {
  if (text.size() > std::numeric_limits<uint16_t>::max()) {
    throw std::logic_error("zip: the comment is longer than 65535 bytes");
  }
}

ZipRecords::ZipRecords(uint64_t zip64_from)
    : zip64_from_(std::min<uint64_t>(zip64_from, zip::kIn64Bit32)) {}

std::string ZipRecords::local_header(const ZipRecord& entry) const {
  const bool is_zip64 = needs_zip64(entry.size);
  std::string extra;
  if (is_zip64) {
    append_le(extra, zip::kZip64ExtraId);
    append_le(extra, uint16_t{16});
    append_le(extra, entry.size);
    append_le(extra, entry.size);
  }
  std::string out;
  append_le(out, zip::kLocalSignature);
  append_common(out, entry.crc, is_zip64);
  append_le(out, field32(entry.size, is_zip64));  // compressed
  append_le(out, field32(entry.size, is_zip64));
  append_le(out, static_cast<uint16_t>(entry.name.size()));
  append_le(out, static_cast<uint16_t>(extra.size()));
  return out + entry.name + extra;
}

std::string ZipRecords::central_header(const ZipRecord& entry) const {
  const bool big_size = needs_zip64(entry.size);
  const bool big_offset = needs_zip64(entry.offset);
  std::string fields;
  if (big_size) append_le(fields, entry.size);
  if (big_size) append_le(fields, entry.size);
  if (big_offset) append_le(fields, entry.offset);
  std::string extra;
  if (!fields.empty()) {
    append_le(extra, zip::kZip64ExtraId);
    append_le(extra, static_cast<uint16_t>(fields.size()));
    extra += fields;
  }
  std::string out;
  append_le(out, zip::kCentralSignature);
  append_le(out, version(!fields.empty()));  // made by
  append_common(out, entry.crc, !fields.empty());
  append_le(out, field32(entry.size, big_size));  // compressed
  append_le(out, field32(entry.size, big_size));
  append_le(out, static_cast<uint16_t>(entry.name.size()));
  append_le(out, static_cast<uint16_t>(extra.size()));
  append_le(out, uint16_t{0});  // comment
  append_le(out, uint16_t{0});  // part
  append_le(out, uint16_t{0});  // internal attributes
  append_le(out, uint32_t{0});  // external attributes
  append_le(out, field32(entry.offset, big_offset));
  return out + entry.name + extra;
}

std::string ZipRecords::directory(std::span<const ZipRecord> entries, uint64_t offset,
                                  std::string_view comment) const {
  std::string out;
  for (const ZipRecord& entry : entries) out += central_header(entry);
  return out + end_records(entries.size(), offset, out.size(), comment);
}

std::string ZipRecords::end_records(uint64_t count, uint64_t directory_offset,
                                    uint64_t directory_size, std::string_view comment) const {
  const bool is_zip64 =
      needs_zip64(directory_offset) || needs_zip64(directory_size) || count >= zip::kIn64Bit16;
  std::string out;
  if (is_zip64) {
    append_le(out, zip::kEnd64Signature);
    append_le(out, uint64_t{zip::kEnd64Size - 12});  // the record without its first 12 bytes
    append_le(out, zip::kVersionZip64);
    append_le(out, zip::kVersionZip64);
    append_le(out, uint32_t{0});  // this part
    append_le(out, uint32_t{0});  // part of the directory
    append_le(out, count);
    append_le(out, count);
    append_le(out, directory_size);
    append_le(out, directory_offset);
    append_le(out, zip::kEnd64LocatorSignature);
    append_le(out, uint32_t{0});
    append_le(out, directory_offset + directory_size);
    append_le(out, uint32_t{1});  // parts
  }
  const uint16_t count16 = is_zip64 ? zip::kIn64Bit16 : static_cast<uint16_t>(count);
  append_le(out, zip::kEndSignature);
  append_le(out, uint16_t{0});
  append_le(out, uint16_t{0});
  append_le(out, count16);
  append_le(out, count16);
  append_le(out, field32(directory_size, is_zip64));
  append_le(out, field32(directory_offset, is_zip64));
  append_le(out, static_cast<uint16_t>(comment.size()));
  return out + std::string(comment);
}

}  // namespace gpst
