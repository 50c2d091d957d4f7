#include "image/png_reader.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <new>

namespace gpst {
namespace {

// tEXt and zTXt are Latin-1.
std::string utf8_of_latin1(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | byte >> 6);
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return out;
}

bool is_international(const png_text& text) {
  return text.compression == PNG_ITXT_COMPRESSION_NONE ||
         text.compression == PNG_ITXT_COMPRESSION_zTXt;
}

}  // namespace

PngReader::PngReader(const EncodedPicture& picture)
    : picture_(picture),
      png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning)),
      info_(png_ == nullptr ? nullptr : png_create_info_struct(png_)) {
  if (info_ == nullptr) {
    png_destroy_read_struct(&png_, nullptr, nullptr);
    throw std::bad_alloc();
  }
  png_set_read_fn(png_, this, on_read);
}

PngReader::~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }

void PngReader::on_error(png_structp png, png_const_charp message) {
  auto& reader = *static_cast<PngReader*>(png_get_error_ptr(png));
  std::snprintf(reader.message_.data(), reader.message_.size(), "%s", message);
  png_longjmp(png, 1);
}

// libpng warns of odd but decodable content, such as an unusual colour profile.
void PngReader::on_warning(png_structp, png_const_charp) {}

void PngReader::on_read(png_structp png, png_bytep out, size_t count) {
  auto& reader = *static_cast<PngReader*>(png_get_io_ptr(png));
  if (count > reader.picture_.bytes.size() - reader.position_) {
    reader.truncated_ = true;
    png_error(png, "end of file");
  }
  std::memcpy(out, reader.picture_.bytes.data() + reader.position_, count);
  reader.position_ += count;
}

void PngReader::raise() const {
  if (truncated_) throw_truncated(picture_, Format::png);
  throw_damaged(picture_, Format::png, message_.data());
}

PictureHeader PngReader::read_header() {
  if (!guarded_header()) raise();
  return {Format::png, static_cast<int>(png_get_image_width(png_, info_)),
          static_cast<int>(png_get_image_height(png_, info_))};
}

bool PngReader::guarded_header() {
  if (setjmp(png_jmpbuf(png_)) != 0) return false;
  png_read_info(png_, info_);
  return true;
}

std::vector<PngText> PngReader::text() const {
  png_textp chunks = nullptr;
  const int count = png_get_text(png_, info_, &chunks, nullptr);
  std::vector<PngText> result;
  for (const png_text& chunk : std::span(chunks, static_cast<size_t>(std::max(count, 0)))) {
    const size_t length = is_international(chunk) ? chunk.itxt_length : chunk.text_length;
    const std::string_view value(chunk.text, length);
    result.push_back({utf8_of_latin1(chunk.key),
                      is_international(chunk) ? std::string(value) : utf8_of_latin1(value)});
  }
  return result;
}

void PngReader::read_pixels(Picture8& out) {
  std::vector<png_bytep> rows(static_cast<size_t>(out.height));
  for (int y = 0; y < out.height; ++y) rows[static_cast<size_t>(y)] = out.at(0, y);
  if (!guarded_pixels(out, rows.data())) raise();
}

bool PngReader::guarded_pixels(Picture8& out, png_bytepp rows) {
  if (setjmp(png_jmpbuf(png_)) != 0) return false;
  png_set_expand(png_);  // palettes, and 1, 2 or 4 bits of grey
  png_set_strip_16(png_);
  png_set_strip_alpha(png_);
  png_set_gray_to_rgb(png_);
  png_set_interlace_handling(png_);
  png_read_update_info(png_, info_);
  if (png_get_rowbytes(png_, info_) != out.row_bytes()) {
    png_error(png_, "its rows are not 8-bit RGB after conversion");
  }
  png_read_image(png_, rows);
  png_read_end(png_, nullptr);
  return true;
}

PictureHeader read_png_header(const EncodedPicture& picture) {
  return PngReader(picture).read_header();
}

Picture8 decode_png(const EncodedPicture& picture, const DecodeLimits& limits) {
  PngReader reader(picture);
  const PictureHeader header = reader.read_header();
  check_size(header, limits, picture.name);
  Picture8 out(header.width, header.height);
  reader.read_pixels(out);
  return out;
}

std::vector<PngText> read_png_text(std::span<const std::byte> bytes, std::string_view name) {
  PngReader reader({bytes, name});
  reader.read_header();
  return reader.text();
}

}  // namespace gpst
