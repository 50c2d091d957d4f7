// Pictures and files that the tests make for themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "image/picture8.h"

namespace gpst {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// (7x + 13y + 29c + xy) mod 256: every value, sharp edges, not symmetric.
Picture8 pattern(int width, int height);
// Slow waves, which survive JPEG.
Picture8 waves(int width, int height);

// FNV-1a of the pixels, to compare with pictures that other programs made.
uint64_t fingerprint(const Picture8& picture);
int largest_difference(const Picture8& a, const Picture8& b);

enum class JpegKind { rgb, grey, cmyk, ycck, progressive };
// cmyk and ycck: inverted as Adobe writes them, with the ink channels 255 - rgb and some black.
std::string make_jpeg(const Picture8& picture, JpegKind kind);

// The four channels that make_jpeg(cmyk) stores for a pixel.
struct Cmyk {
  uint8_t c, m, y, k;
};
Cmyk stored_cmyk(const uint8_t* rgb);

struct PngLayout {
  int colour_type;  // of libpng
  int bit_depth = 8;
  bool interlaced = false;
};
// `samples`: big-endian 16-bit values are cut or widened to the bit depth; a row has
// width * channels samples.
std::string make_png(int width, int height, const PngLayout& layout,
                     std::span<const uint16_t> samples);

// `file` with an APP1 segment (JPEG) that holds this EXIF orientation.
std::string with_exif_orientation(const std::string& jpeg, int orientation);

}  // namespace gpst
