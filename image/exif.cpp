#include "image/exif.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gpst {
namespace {

enum class Endian { little, big };

// Reads numbers of a byte range; outside of it there are none.
class ByteReader {
 public:
  ByteReader(std::string_view bytes, Endian endian) : bytes_(bytes), endian_(endian) {}

  std::optional<uint32_t> number(size_t offset, size_t count) const {
    if (offset > bytes_.size() || count > bytes_.size() - offset) return std::nullopt;
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i) {
      const size_t place = endian_ == Endian::big ? i : count - 1 - i;
      value = value << 8 | static_cast<uint8_t>(bytes_[offset + place]);
    }
    return value;
  }
  std::optional<uint32_t> u16(size_t offset) const { return number(offset, 2); }
  std::optional<uint32_t> u32(size_t offset) const { return number(offset, 4); }
  std::string_view slice(size_t offset, size_t count) const {
    return offset > bytes_.size() ? std::string_view{} : bytes_.substr(offset, count);
  }

 private:
  std::string_view bytes_;
  Endian endian_;
};

constexpr std::string_view kExifMark("Exif\0\0", 6);

// Segments: FF, marker, length of two bytes that counts itself. Ends at the first scan.
std::string_view find_in_jpeg(std::string_view bytes) {
  const ByteReader reader(bytes, Endian::big);
  size_t at = 2;
  while (const auto marker = reader.u16(at)) {
    const auto length = reader.u16(at + 2);
    if (*marker < 0xff00 || *marker == 0xffda || !length || *length < 2) return {};
    const std::string_view body = reader.slice(at + 4, *length - 2);
    if (*marker == 0xffe1 && body.starts_with(kExifMark)) return body.substr(kExifMark.size());
    at += 2 + *length;
  }
  return {};
}

// Chunks after the signature: length, name, data, check sum.
std::string_view find_in_png(std::string_view bytes) {
  const ByteReader reader(bytes, Endian::big);
  size_t at = 8;
  while (const auto length = reader.u32(at)) {
    const std::string_view name = reader.slice(at + 4, 4);
    if (name == "eXIf") return reader.slice(at + 8, *length);
    if (name.size() < 4 || name == "IEND") return {};
    at += 12 + size_t{*length};
  }
  return {};
}

// RIFF chunks after the twelve bytes of the container: name, length, data padded to even.
std::string_view find_in_webp(std::string_view bytes) {
  const ByteReader reader(bytes, Endian::little);
  size_t at = 12;
  while (const auto length = reader.u32(at + 4)) {
    std::string_view body = reader.slice(at + 8, *length);
    if (reader.slice(at, 4) == "EXIF") {
      if (body.starts_with(kExifMark)) body.remove_prefix(kExifMark.size());
      return body;
    }
    at += 8 + size_t{*length} + (*length & 1);
  }
  return {};
}

std::string_view find_exif(Format format, std::string_view bytes) {
  switch (format) {
    case Format::jpeg:
      return find_in_jpeg(bytes);
    case Format::png:
      return find_in_png(bytes);
    case Format::webp:
      return find_in_webp(bytes);
  }
  return {};
}

// A TIFF header, then a directory of entries of 12 bytes: tag, type, count, value.
std::optional<uint32_t> orientation_of_tiff(std::string_view tiff) {
  constexpr uint32_t kOrientationTag = 0x0112, kShortType = 3;
  const Endian endian = tiff.starts_with("II") ? Endian::little : Endian::big;
  const ByteReader reader(tiff, endian);
  const auto directory = reader.u32(4);
  if (!directory) return std::nullopt;
  const uint32_t entries = reader.u16(*directory).value_or(0);
  for (uint32_t i = 0; i < entries; ++i) {
    const size_t entry = size_t{*directory} + 2 + size_t{i} * 12;
    if (reader.u16(entry) == kOrientationTag && reader.u16(entry + 2) == kShortType) {
      return reader.u16(entry + 8);
    }
  }
  return std::nullopt;
}

}  // namespace

int exif_orientation(Format format, std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const uint32_t value = orientation_of_tiff(find_exif(format, text)).value_or(1);
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

Picture8 oriented(const Picture8& picture, int orientation) {
  if (orientation <= 1 || orientation > 8) return picture;
  const bool transposed = orientation >= 5;
  const bool from_right =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const int w = picture.width, h = picture.height;
  Picture8 turned(transposed ? h : w, transposed ? w : h);
  for (int y = 0; y < turned.height; ++y) {
    for (int x = 0; x < turned.width; ++x) {
      const int along = transposed ? y : x, down = transposed ? x : y;
      const int from_x = from_right ? w - 1 - along : along;
      const int from_y = from_bottom ? h - 1 - down : down;
      std::copy_n(picture.at(from_x, from_y), 3, turned.at(x, y));
    }
  }
  return turned;
}

}  // namespace gpst
