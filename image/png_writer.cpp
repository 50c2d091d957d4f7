#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <new>
#include <stdexcept>
#include <utility>

#include <png.h>
#include <zlib.h>

#include "base/error.h"
#include "base/files.h"
#include "image/png.h"

namespace gpst {
namespace {

// What Paeth leaves of photographs, and of drawings over them, repeats itself from byte to byte or
// not at all: to look for more than runs takes more than twice the time and saves nothing.
constexpr int kFilters = PNG_FILTER_PAETH;
constexpr int kStrategy = Z_RLE;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<signed char>(c) >= 0; });
}

void check_text(const PngText& text) {
  const bool printable = std::ranges::all_of(text.key, [](char c) { return c >= 32 && c < 127; });
  if (text.key.empty() || text.key.size() > 79 || !printable) {
    throw InputError(
        fmt::format("PNG text key \"{}\": expected 1 to 79 printable ASCII characters", text.key));
  }
  if (text.value.find('\0') != std::string::npos) {
    throw InputError(fmt::format("PNG text \"{}\" has a zero byte", text.key));
  }
}

// libpng into a string. Only the string is touched in call-backs: nothing that can throw runs below
// libpng's frames, except for memory, which is reported as libpng wants it.
class PngWriter {
 public:
  PngWriter(int width, int height, const std::vector<PngText>& text);
  ~PngWriter() { png_destroy_write_struct(&png_, &info_); }
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;

  void write_row(const uint8_t* rgb) {
    if (!guarded_row(rgb)) raise();
  }
  void finish() {
    if (!guarded_end()) raise();
  }
  // What came out since the last call.
  std::string take() { return std::exchange(bytes_, {}); }

 private:
  static void on_error(png_structp png, png_const_charp message);
  static void on_write(png_structp png, png_bytep data, size_t count);
  bool guarded_start(int width, int height, png_textp text, int count);
  bool guarded_row(const uint8_t* rgb);
  bool guarded_end();
  [[noreturn]] void raise() const {
    throw std::runtime_error(fmt::format("libpng cannot write: {}", message_.data()));
  }

  std::string bytes_;
  std::array<char, 256> message_ = {};
  png_structp png_;
  png_infop info_;
};

// Plain text where ASCII is enough, which every reader knows; else international text in UTF-8.
// libpng does not change what it is given.
std::vector<png_text> libpng_text(const std::vector<PngText>& text) {
  std::vector<png_text> chunks;
  for (const PngText& each : text) {
    check_text(each);
    png_text chunk = {};
    const bool ascii = is_ascii(each.value);
    chunk.compression = ascii ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
    chunk.key = const_cast<char*>(each.key.c_str());
    chunk.text = const_cast<char*>(each.value.c_str());
    (ascii ? chunk.text_length : chunk.itxt_length) = each.value.size();
    chunks.push_back(chunk);
  }
  return chunks;
}

PngWriter::PngWriter(int width, int height, const std::vector<PngText>& text)
    : png_(png_create_write_struct(PNG_LIBPNG_VER_STRING, this, on_error, nullptr)),
      info_(png_ == nullptr ? nullptr : png_create_info_struct(png_)) {
  if (info_ == nullptr) {
    png_destroy_write_struct(&png_, nullptr);
    throw std::bad_alloc();
  }
  try {
    std::vector<png_text> chunks = libpng_text(text);
    if (!guarded_start(width, height, chunks.data(), static_cast<int>(chunks.size()))) raise();
  } catch (...) {
    png_destroy_write_struct(&png_, &info_);
    throw;
  }
}

void PngWriter::on_error(png_structp png, png_const_charp message) {
  auto& writer = *static_cast<PngWriter*>(png_get_error_ptr(png));
  std::snprintf(writer.message_.data(), writer.message_.size(), "%s", message);
  png_longjmp(png, 1);
}

void PngWriter::on_write(png_structp png, png_bytep data, size_t count) {
  bool enough_memory = true;
  try {
    auto& writer = *static_cast<PngWriter*>(png_get_io_ptr(png));
    writer.bytes_.append(reinterpret_cast<const char*>(data), count);
  } catch (const std::exception&) {
    enough_memory = false;
  }
  if (!enough_memory) png_error(png, "not enough memory");
}

bool PngWriter::guarded_start(int width, int height, png_textp text, int count) {
  if (setjmp(png_jmpbuf(png_)) != 0) return false;
  png_set_write_fn(png_, this, on_write, nullptr);
  png_set_compression_strategy(png_, kStrategy);
  png_set_filter(png_, PNG_FILTER_TYPE_BASE, kFilters);
  png_set_IHDR(png_, info_, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8,
               PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
               PNG_FILTER_TYPE_BASE);
  png_set_text(png_, info_, text, count);
  png_write_info(png_, info_);
  return true;
}

bool PngWriter::guarded_row(const uint8_t* rgb) {
  if (setjmp(png_jmpbuf(png_)) != 0) return false;
  png_write_row(png_, rgb);
  return true;
}

bool PngWriter::guarded_end() {
  if (setjmp(png_jmpbuf(png_)) != 0) return false;
  png_write_end(png_, nullptr);
  return true;
}

}  // namespace

std::string encode_png(const Picture8& picture, const std::vector<PngText>& text) {
  PngWriter writer(picture.width, picture.height, text);
  for (int y = 0; y < picture.height; ++y) writer.write_row(picture.at(0, y));
  writer.finish();
  return writer.take();
}

void write_png(const std::string& path, const Picture8& picture, const std::vector<PngText>& text) {
  write_file_atomic(path, encode_png(picture, text));
}

class PngRowWriter::Impl {
 public:
  Impl(const std::string& path, int width, int height, const std::vector<PngText>& text)
      : png_(width, height, text),
        file_(path),
        row_bytes_(static_cast<size_t>(width) * 3),
        missing_rows_(height) {}

  void write_row(std::span<const uint8_t> rgb) {
    if (rgb.size() != row_bytes_ || missing_rows_ == 0) {
      throw std::logic_error(fmt::format("{}: a row of {} bytes, expected {}; {} rows missing",
                                         file_.path(), rgb.size(), row_bytes_, missing_rows_));
    }
    png_.write_row(rgb.data());
    --missing_rows_;
    flush();
  }

  void commit() {
    if (missing_rows_ != 0) {
      throw std::logic_error(fmt::format("{}: {} rows missing", file_.path(), missing_rows_));
    }
    png_.finish();
    flush();
    file_.commit();
  }

 private:
  void flush() {
    const std::string bytes = png_.take();
    file_.write(bytes.data(), bytes.size());
  }

  PngWriter png_;
  AtomicFile file_;
  size_t row_bytes_;
  int missing_rows_;
};

PngRowWriter::PngRowWriter(const std::string& path, int width, int height,
                           const std::vector<PngText>& text)
    : impl_(std::make_unique<Impl>(path, width, height, text)) {}
PngRowWriter::~PngRowWriter() = default;
PngRowWriter::PngRowWriter(PngRowWriter&&) noexcept = default;
PngRowWriter& PngRowWriter::operator=(PngRowWriter&&) noexcept = default;
void PngRowWriter::write_row(std::span<const uint8_t> rgb) { impl_->write_row(rgb); }
void PngRowWriter::commit() { impl_->commit(); }

}  // namespace gpst
