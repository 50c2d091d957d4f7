#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "image/picture8.h"

namespace gpst {

enum class Format { jpeg, png, webp };
std::string_view format_name(Format format);

struct DecodeLimits {
  // Width times height that is still decoded; checked from the header, before memory is taken.
  int64_t max_pixels = int64_t{64} << 20;
  // Turn the picture as its EXIF orientation says. Off, as in the published program.
  bool exif_orientation = false;
};

struct PictureHeader {
  Format format = Format::jpeg;
  int width = 0;  // as stored, before any EXIF orientation
  int height = 0;
};

// The format by content, never by file name. Content that is no JPEG, PNG or WebP: InputError that
// says what it looks like (empty, HTML, a git-lfs pointer, GIF, BMP, TIFF, AVIF, ...).
Format sniff(std::span<const std::byte> bytes, std::string_view name);

// Format and size without decoding pixels. InputError when the size is above the limit.
PictureHeader read_picture_header(std::span<const std::byte> bytes, const DecodeLimits& limits,
                                  std::string_view name);

// Decodes to 8-bit RGB: grey repeated, alpha dropped, palettes looked up, the high byte of 16 bits,
// CMYK and YCCK as Pillow converts them (numerics section 1). JPEG by the slow integer DCT with
// smooth chroma upsampling. `name` only appears in messages.
// InputError: not a picture, truncated, damaged, too large, animated.
Picture8 decode(std::span<const std::byte> bytes, const DecodeLimits& limits,
                std::string_view name);

}  // namespace gpst
