#include "io/npz.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "io/quoted.h"
#include "io/zip_reader.h"

namespace gpst {
namespace {

constexpr std::string_view kSuffix = ".npy";

// Reads the header and leaves `entry` at the first data byte. The member must hold exactly the
// header and the data it announces.
NpyHeader read_header(ZipEntryReader& entry) {
  const std::string& where = entry.where();
  std::vector<std::byte> bytes(static_cast<size_t>(std::min<uint64_t>(entry.size(), 12)));
  entry.read(bytes);
  const size_t start = bytes.size();
  const size_t size = npy_header_size(bytes, where);
  if (size < start || size > entry.size()) {
    throw InputError(fmt::format("{}: the npy header is cut off", where));
  }
  bytes.resize(size);
  entry.read(std::span(bytes).subspan(start));
  const NpyHeader header = parse_npy_header(bytes, where);
  if (entry.remaining() != header.data_bytes()) {
    throw InputError(fmt::format("{}: the shape needs {} bytes of data, found {}", where,
                                 header.data_bytes(), entry.remaining()));
  }
  return header;
}

}  // namespace

NpyRowReader::NpyRowReader(std::unique_ptr<ZipEntryReader> entry)
    : entry_(std::move(entry)), header_(read_header(*entry_)), rows_left_(rows()) {
  if (rows_left_ > 0) row_bytes_ = header_.data_bytes() / static_cast<uint64_t>(rows_left_);
}

NpyRowReader::NpyRowReader(NpyRowReader&&) noexcept = default;
NpyRowReader::~NpyRowReader() = default;

int64_t NpyRowReader::read_rows(std::span<std::byte> out) {
  int64_t count = rows_left_;
  if (row_bytes_ > 0) count = std::min<int64_t>(count, out.size() / row_bytes_);
  entry_->read(out.first(static_cast<size_t>(count) * row_bytes_));
  rows_left_ -= count;
  return count;
}

NpzReader NpzReader::open(const std::string& path) {
  NpzReader reader;
  reader.path_ = path;
  reader.zip_ = std::make_shared<const ZipIndex>(path);
  for (const ZipEntry& entry : reader.zip_->entries()) {
    if (!entry.name.ends_with(kSuffix)) continue;
    reader.names_.push_back(entry.name.substr(0, entry.name.size() - kSuffix.size()));
  }
  return reader;
}

const std::string& NpzReader::comment() const { return zip_->comment(); }

bool NpzReader::contains(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

std::unique_ptr<ZipEntryReader> NpzReader::open_entry(std::string_view name) const {
  for (const ZipEntry& entry : zip_->entries()) {
    const std::string_view member = entry.name;
    if (member.ends_with(kSuffix) && member.substr(0, member.size() - kSuffix.size()) == name) {
      return std::make_unique<ZipEntryReader>(zip_, entry);
    }
  }
  throw InputError(fmt::format("{}: there is no array {}; it has: {}", path_, quote_name(name),
                               fmt::join(names_, ", ")));
}

NpyHeader NpzReader::header(std::string_view name) const { return read_header(*open_entry(name)); }

NpyArray NpzReader::read(std::string_view name) const {
  const std::unique_ptr<ZipEntryReader> entry = open_entry(name);
  NpyArray array{read_header(*entry), {}};
  array.bytes.resize(static_cast<size_t>(entry->remaining()));
  entry->read(array.bytes);
  return array;
}

NpyRowReader NpzReader::rows(std::string_view name) const { return NpyRowReader(open_entry(name)); }

}  // namespace gpst
