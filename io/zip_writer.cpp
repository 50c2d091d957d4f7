#include "io/zip_writer.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "io/bytes.h"
#include "io/quoted.h"
#include "io/zip_format.h"

namespace gpst {
namespace {

constexpr size_t kLocalCrcOffset = 14;
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

ZipWriter::ZipWriter(const std::string& path, uint64_t zip64_from)
    : file_(path), zip64_from_(std::min<uint64_t>(zip64_from, zip::kIn64Bit32)) {}

void ZipWriter::begin_entry(std::string_view name, uint64_t size) {
  if (in_entry_) throw std::logic_error("zip: the member before is not ended");
  const auto same_name = [&](const Entry& entry) { return entry.name == name; };
  if (name.size() > std::numeric_limits<uint16_t>::max() ||
      std::any_of(entries_.begin(), entries_.end(), same_name)) {
    throw std::logic_error(fmt::format("zip: {} occurs twice or is too long", quote_name(name)));
  }
  entries_.push_back({std::string(name), size, static_cast<uint64_t>(file_.position()), 0});
  file_.write(local_header(entries_.back()));
  in_entry_ = true;
  remaining_ = size;
}

void ZipWriter::write(std::span<const std::byte> bytes) {
  if (!in_entry_ || bytes.size() > remaining_) {
    throw std::logic_error("zip: more bytes than the member was announced with");
  }
  if (bytes.empty()) return;  // a null pointer would make zlib start the checksum anew
  remaining_ -= bytes.size();
  file_.write(bytes);
  uint32_t& crc = entries_.back().crc;
  crc = static_cast<uint32_t>(
      crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

void ZipWriter::end_entry() {
  if (!in_entry_ || remaining_ > 0) {
    throw std::logic_error(fmt::format("zip: {} bytes of the member were not written", remaining_));
  }
  in_entry_ = false;
  const Entry& entry = entries_.back();
  const int64_t end = file_.position();
  std::string crc;
  append_le(crc, entry.crc);
  file_.seek(static_cast<int64_t>(entry.offset + kLocalCrcOffset));
  file_.write(crc);
  file_.seek(end);
}

void ZipWriter::commit() {
  if (in_entry_) throw std::logic_error("zip: the last member is not ended");
  const auto offset = static_cast<uint64_t>(file_.position());
  for (const Entry& entry : entries_) file_.write(central_header(entry));
  file_.write(end_records(offset, static_cast<uint64_t>(file_.position()) - offset));
  file_.commit();
}

std::string ZipWriter::local_header(const Entry& entry) const {
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
  append_common(out, 0, is_zip64);
  append_le(out, field32(entry.size, is_zip64));  // compressed
  append_le(out, field32(entry.size, is_zip64));
  append_le(out, static_cast<uint16_t>(entry.name.size()));
  append_le(out, static_cast<uint16_t>(extra.size()));
  return out + entry.name + extra;
}

std::string ZipWriter::central_header(const Entry& entry) const {
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

std::string ZipWriter::end_records(uint64_t directory_offset, uint64_t directory_size) const {
  const uint64_t count = entries_.size();
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
  append_le(out, uint16_t{0});  // comment
  return out;
}

}  // namespace gpst
