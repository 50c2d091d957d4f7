#pragma once

#include <array>
#include <string>
#include <vector>

#include <png.h>

#include "image/decoders.h"
#include "image/png.h"

namespace gpst {

// libpng over bytes in memory. libpng reports errors by jumping; the guarded functions hold nothing
// that needs a destructor, and turn a jump into an InputError on their way out.
class PngReader {
 public:
  explicit PngReader(const EncodedPicture& picture);
  ~PngReader();
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  // Everything before the pixels.
  PictureHeader read_header();
  // After read_header(); the text chunks that stood there.
  std::vector<PngText> text() const;
  // After read_header(): 8-bit RGB of the header's size, and the rest of the file.
  void read_pixels(Picture8& out);

 private:
  static void on_error(png_structp png, png_const_charp message);
  static void on_warning(png_structp png, png_const_charp message);
  static void on_read(png_structp png, png_bytep out, size_t count);
  bool guarded_header();
  bool guarded_pixels(Picture8& out, png_bytepp rows);
  [[noreturn]] void raise() const;

  EncodedPicture picture_;
  size_t position_ = 0;
  bool truncated_ = false;
  std::array<char, 256> message_ = {};
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

}  // namespace gpst
