#include "io/npz_layout.h"

#include <utility>

#include "io/bytes.h"
#include "io/crc32.h"
#include "io/zip_records.h"

namespace gpst {

NpzLayout::NpzLayout(std::vector<NpzArraySpec> arrays, std::string comment,
                     const NpzWriterOptions& options)
    : arrays_(std::move(arrays)), comment_(std::move(comment)), zip64_from_(options.zip64_from) {
  check_zip_comment(comment_);
  for (const NpzArraySpec& array : arrays_) {
    const std::string header = format_npy_header(array.dtype, array.shape);
    const NpyHeader facts{array.dtype, array.shape, header.size()};
    places_.push_back(
        {.head = tail_, .bytes = static_cast<int64_t>(facts.data_bytes()), .npy_header = header});
    Place& place = places_.back();
    place.data = tail_ + static_cast<int64_t>(head(places_.size() - 1, 0).size());
    tail_ = place.data + place.bytes;
  }
}

ZipRecord NpzLayout::member(size_t array, uint32_t data_crc) const {
  const Place& place = places_[array];
  const uint32_t header_crc = crc32_of(as_byte_span(place.npy_header));
  return {.name = arrays_[array].name + ".npy",
          .size = place.npy_header.size() + static_cast<uint64_t>(place.bytes),
          .offset = static_cast<uint64_t>(place.head),
          .crc = join_crc32(header_crc, data_crc, place.bytes)};
}

std::string NpzLayout::head(size_t array, uint32_t data_crc) const {
  return ZipRecords(zip64_from_).local_header(member(array, data_crc)) + places_[array].npy_header;
}

std::string NpzLayout::tail(std::span<const uint32_t> data_crcs) const {
  std::vector<ZipRecord> members;
  for (size_t i = 0; i < arrays_.size(); ++i) members.push_back(member(i, data_crcs[i]));
  return ZipRecords(zip64_from_).directory(members, static_cast<uint64_t>(tail_), comment_);
}

}  // namespace gpst
