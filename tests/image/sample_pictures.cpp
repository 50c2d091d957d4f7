#include "tests/image/sample_pictures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <jpeglib.h>
#include <png.h>

namespace gpst {
namespace {

void set_jpeg_kind(jpeg_compress_struct& info, JpegKind kind) {
  const bool four = kind == JpegKind::cmyk || kind == JpegKind::ycck;
  info.input_components = four ? 4 : kind == JpegKind::grey ? 1 : 3;
  info.in_color_space = four ? JCS_CMYK : kind == JpegKind::grey ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  if (kind == JpegKind::ycck) jpeg_set_colorspace(&info, JCS_YCCK);
  if (kind == JpegKind::progressive) jpeg_simple_progression(&info);
  jpeg_set_quality(&info, 95, TRUE);
}

std::vector<uint8_t> jpeg_row(const Picture8& picture, int y, JpegKind kind) {
  std::vector<uint8_t> row;
  for (int x = 0; x < picture.width; ++x) {
    const uint8_t* pixel = picture.at(x, y);
    if (kind == JpegKind::grey) {
      row.push_back(pixel[1]);
    } else if (kind == JpegKind::cmyk || kind == JpegKind::ycck) {
      const Cmyk ink = stored_cmyk(pixel);
      row.insert(row.end(), {ink.c, ink.m, ink.y, ink.k});
    } else {
      row.insert(row.end(), pixel, pixel + 3);
    }
  }
  return row;
}

int channels_of(int colour_type) {
  switch (colour_type) {
    case PNG_COLOR_TYPE_RGB:
      return 3;
    case PNG_COLOR_TYPE_RGB_ALPHA:
      return 4;
    case PNG_COLOR_TYPE_GRAY_ALPHA:
      return 2;
    default:
      return 1;
  }
}

std::vector<uint8_t> packed_row(std::span<const uint16_t> samples, int bit_depth) {
  std::vector<uint8_t> row((samples.size() * static_cast<size_t>(bit_depth) + 7) / 8);
  for (size_t i = 0; i < samples.size(); ++i) {
    const size_t bit = i * static_cast<size_t>(bit_depth);
    if (bit_depth == 16) {
      row[bit / 8] = static_cast<uint8_t>(samples[i] >> 8);
      row[bit / 8 + 1] = static_cast<uint8_t>(samples[i]);
    } else {
      const size_t shift = 8 - static_cast<size_t>(bit_depth) - bit % 8;
      row[bit / 8] = static_cast<uint8_t>(row[bit / 8] | samples[i] << shift);
    }
  }
  return row;
}

void append_bytes(png_structp png, png_bytep data, size_t count) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<char*>(data), count);
}

// Entry i is (i, 255 - i, 3i mod 256).
std::vector<png_color> sample_palette() {
  std::vector<png_color> palette;
  for (int i = 0; i < 256; ++i) {
    palette.push_back(
        {static_cast<png_byte>(i), static_cast<png_byte>(255 - i), static_cast<png_byte>(3 * i)});
  }
  return palette;
}

}  // namespace

Picture8 pattern(int width, int height) {
  Picture8 picture(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        picture.at(x, y)[c] = static_cast<uint8_t>(7 * x + 13 * y + 29 * c + x * y);
      }
    }
  }
  return picture;
}

Picture8 waves(int width, int height) {
  Picture8 picture(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const double wave = std::sin(x * 0.07 + c) * std::cos(y * 0.05 - c);
        picture.at(x, y)[c] = static_cast<uint8_t>(128 + 90 * wave);
      }
    }
  }
  return picture;
}

uint64_t fingerprint(const Picture8& picture) {
  uint64_t hash = 14695981039346656037U;
  for (const uint8_t byte : picture.rgb) hash = (hash ^ byte) * 1099511628211U;
  return hash;
}

int largest_difference(const Picture8& a, const Picture8& b) {
  if (a.width != b.width || a.height != b.height) return 256;
  int largest = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i)
    largest = std::max(largest, std::abs(a.rgb[i] - b.rgb[i]));
  return largest;
}

Cmyk stored_cmyk(const uint8_t* rgb) {
  return {rgb[0], rgb[1], rgb[2], static_cast<uint8_t>(255 - rgb[1] / 4)};
}

std::string make_jpeg(const Picture8& picture, JpegKind kind) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;  // NOLINT: the type of libjpeg
  jpeg_mem_dest(&info, &buffer, &size);
  info.image_width = static_cast<JDIMENSION>(picture.width);
  info.image_height = static_cast<JDIMENSION>(picture.height);
  set_jpeg_kind(info, kind);
  jpeg_start_compress(&info, TRUE);
  for (int y = 0; y < picture.height; ++y) {
    std::vector<uint8_t> row = jpeg_row(picture, y, kind);
    JSAMPROW pointer = row.data();
    jpeg_write_scanlines(&info, &pointer, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string file(reinterpret_cast<char*>(buffer), size);
  std::free(buffer);
  return file;
}

std::string make_png(int width, int height, const PngLayout& layout,
                     std::span<const uint16_t> samples) {
  std::string file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &file, append_bytes, nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height),
               layout.bit_depth, layout.colour_type,
               layout.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (layout.colour_type == PNG_COLOR_TYPE_PALETTE) {
    png_set_PLTE(png, info, sample_palette().data(), 1 << layout.bit_depth);
    const png_byte transparent[2] = {0, 128};
    png_set_tRNS(png, info, transparent, 2, nullptr);
  }
  png_write_info(png, info);
  const size_t per_row =
      static_cast<size_t>(width) * static_cast<size_t>(channels_of(layout.colour_type));
  std::vector<std::vector<uint8_t>> rows;
  std::vector<png_bytep> pointers;
  for (int y = 0; y < height; ++y) {
    rows.push_back(
        packed_row(samples.subspan(static_cast<size_t>(y) * per_row, per_row), layout.bit_depth));
  }
  for (auto& row : rows) pointers.push_back(row.data());
  png_write_image(png, pointers.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

std::string with_exif_orientation(const std::string& jpeg, int orientation) {
  // APP1 of 34 bytes: mark, big-endian TIFF header, a directory of one entry (0x0112, SHORT, 1).
  std::string segment(
      "\xff\xe1\x00\x22"
      "Exif\0\0"
      "MM\0\x2a\0\0\0\x08"
      "\0\x01"
      "\x01\x12\0\x03\0\0\0\x01",
      28);
  segment += {'\0', static_cast<char>(orientation), '\0', '\0'};
  segment.append(4, '\0');
  return jpeg.substr(0, 2) + segment + jpeg.substr(2);
}

}  // namespace gpst
