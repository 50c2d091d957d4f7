#include "image/codec.h"

#include <fmt/format.h>

#include "base/error.h"
#include "image/decoders.h"
#include "image/exif.h"

namespace gpst {
namespace {

PictureHeader read_header(Format format, const EncodedPicture& picture) {
  switch (format) {
    case Format::jpeg:
      return read_jpeg_header(picture);
    case Format::png:
      return read_png_header(picture);
    case Format::webp:
      return read_webp_header(picture);
  }
  throw InputError(fmt::format("{}: no decoder for this format", picture.name));
}

Picture8 decode_format(Format format, const EncodedPicture& picture, const DecodeLimits& limits) {
  switch (format) {
    case Format::jpeg:
      return decode_jpeg(picture, limits);
    case Format::png:
      return decode_png(picture, limits);
    case Format::webp:
      return decode_webp(picture, limits);
  }
  throw InputError(fmt::format("{}: no decoder for this format", picture.name));
}

}  // namespace

void check_size(const PictureHeader& header, const DecodeLimits& limits, std::string_view name) {
  if (header.width <= 0 || header.height <= 0) {
    throw InputError(fmt::format("{}: the {} header gives a size of {}x{}", name,
                                 format_name(header.format), header.width, header.height));
  }
  const int64_t pixels = int64_t{header.width} * header.height;
  if (pixels <= limits.max_pixels) return;
  throw InputError(fmt::format(
      "{}: {}x{} is {:.1f} million pixels, above the limit of {:.1f}; make the picture smaller",
      name, header.width, header.height, static_cast<double>(pixels) / 1e6,
      static_cast<double>(limits.max_pixels) / 1e6));
}

void throw_damaged(const EncodedPicture& picture, Format format, std::string_view reason) {
  throw InputError(
      fmt::format("{}: the {} picture is damaged: {}", picture.name, format_name(format), reason));
}

void throw_truncated(const EncodedPicture& picture, Format format) {
  throw InputError(fmt::format(
      "{}: the {} picture is truncated: it ends after {} bytes, before its last pixel; copy or "
      "download it again",
      picture.name, format_name(format), picture.bytes.size()));
}

PictureHeader read_picture_header(std::span<const std::byte> bytes, const DecodeLimits& limits,
                                  std::string_view name) {
  const PictureHeader header = read_header(sniff(bytes, name), {bytes, name});
  check_size(header, limits, name);
  return header;
}

Picture8 decode(std::span<const std::byte> bytes, const DecodeLimits& limits,
                std::string_view name) {
  const Format format = sniff(bytes, name);
  Picture8 picture = decode_format(format, {bytes, name}, limits);
  if (!limits.exif_orientation) return picture;
  return oriented(picture, exif_orientation(format, bytes));
}

}  // namespace gpst
