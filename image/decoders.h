#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "image/codec.h"

namespace gpst {

// What the codecs read: content, and a name for messages. Used inside image/ only.
struct EncodedPicture {
  std::span<const std::byte> bytes;
  std::string_view name;
};

// Each reads the header first and calls check_size before it takes memory for pixels.
PictureHeader read_jpeg_header(const EncodedPicture& picture);
PictureHeader read_png_header(const EncodedPicture& picture);
PictureHeader read_webp_header(const EncodedPicture& picture);

Picture8 decode_jpeg(const EncodedPicture& picture, const DecodeLimits& limits);
Picture8 decode_png(const EncodedPicture& picture, const DecodeLimits& limits);
Picture8 decode_webp(const EncodedPicture& picture, const DecodeLimits& limits);

// InputError when the picture has no pixels or more than limits.max_pixels.
void check_size(const PictureHeader& header, const DecodeLimits& limits, std::string_view name);

// InputError "NAME: the FORMAT picture is damaged: REASON" or "... is truncated".
[[noreturn]] void throw_damaged(const EncodedPicture& picture, Format format,
                                std::string_view reason);
[[noreturn]] void throw_truncated(const EncodedPicture& picture, Format format);

}  // namespace gpst
