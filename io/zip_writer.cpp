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

}  // namespace

ZipWriter::ZipWriter(const std::string& path, uint64_t zip64_from)
    : file_(path), records_(zip64_from) {}

void ZipWriter::set_comment(std::string_view text) {
  check_zip_comment(text);
  comment_ = text;
}

void ZipWriter::begin_entry(std::string_view name, uint64_t size) {
  if (in_entry_) throw std::logic_error("zip: the member before is not ended");
  const auto same_name = [&](const ZipRecord& entry) { return entry.name == name; };
  if (name.size() > std::numeric_limits<uint16_t>::max() ||
      std::any_of(entries_.begin(), entries_.end(), same_name)) {
    throw std::logic_error(fmt::format("zip: {} occurs twice or is too long", quote_name(name)));
  }
  entries_.push_back({std::string(name), size, static_cast<uint64_t>(file_.position()), 0});
  file_.write(records_.local_header(entries_.back()));
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
  const ZipRecord& entry = entries_.back();
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
  file_.write(records_.directory(entries_, offset, comment_));
  file_.commit();
}

}  // namespace gpst
