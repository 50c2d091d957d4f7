#include "image/picture_source.h"

#include <fmt/format.h>

#include "base/files.h"
#include "image/picture_listing.h"
#include "io/tar.h"

namespace gpst {

PictureSource PictureSource::open(const std::vector<std::string>& inputs) {
  PictureSource source;
  PictureListing listing = list_pictures(inputs);
  source.entries_ = std::move(listing.entries);
  source.skipped_ = std::move(listing.skipped);
  return source;
}

std::string PictureSource::location(int64_t i) const {
  return location_of(entries_[static_cast<size_t>(i)]);
}

PictureBytes PictureSource::read(int64_t i) const {
  const PictureEntry& entry = entries_[static_cast<size_t>(i)];
  if (!entry.tar) return PictureBytes(read_file(entry.path));
  return PictureBytes(entry.tar->read({entry.member, entry.offset, entry.bytes}));
}

Picture8 PictureSource::load(int64_t i, const DecodeLimits& limits) const {
  return decode(read(i).span(), limits, location(i));
}

std::string PictureSource::skipped_note() const { return describe_skipped(skipped_); }

}  // namespace gpst
