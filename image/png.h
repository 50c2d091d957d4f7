#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "image/picture8.h"

namespace gpst {

// One text chunk: key of 1 to 79 Latin-1 characters, value UTF-8.
struct PngText {
  std::string key;
  std::string value;
  bool operator==(const PngText&) const = default;
};

// 8-bit RGB PNG. The same picture and text always give the same bytes (no time stamp).
std::string encode_png(const Picture8& picture, const std::vector<PngText>& text = {});

// The same into a file, complete or absent (base/files.h). IoError as there.
void write_png(const std::string& path, const Picture8& picture,
               const std::vector<PngText>& text = {});

// The text chunks that stand before the pixels (where this program writes them), in file order.
// Nothing of the pixels is decoded. InputError when the bytes are no PNG.
std::vector<PngText> read_png_text(std::span<const std::byte> bytes, std::string_view name);

// Writes a PNG row by row, for pictures that are never whole in memory (large grids).
// Nothing stands under `path` until commit().
class PngRowWriter {
 public:
  PngRowWriter(const std::string& path, int width, int height,
               const std::vector<PngText>& text = {});
  ~PngRowWriter();
  PngRowWriter(PngRowWriter&&) noexcept;
  PngRowWriter& operator=(PngRowWriter&&) noexcept;

  // width * 3 bytes, rows from the top.
  void write_row(std::span<const uint8_t> rgb);
  // After `height` rows; fewer are an error.
  void commit();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gpst
