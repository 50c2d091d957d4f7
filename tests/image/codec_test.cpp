#include "image/codec.h"

#include <gtest/gtest.h>
#include <png.h>
#include <zlib.h>

#include "base/error.h"
#include "image/png.h"
#include "tests/image/sample_pictures.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using namespace std::string_literals;

Picture8 decoded(const std::string& file, const DecodeLimits& limits = {}) {
  return decode(bytes_of(file), limits, "dir/name.jpg");
}

std::string refusal(const std::string& file, const DecodeLimits& limits = {}) {
  return message_of<InputError>([&] { decoded(file, limits); });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Decode, JpegIsCloseToWhatWasEncoded) {
  const Picture8 picture = waves(83, 61);
  for (const JpegKind kind : {JpegKind::rgb, JpegKind::progressive}) {
    const Picture8 result = decoded(make_jpeg(picture, kind));
    EXPECT_LE(largest_difference(result, picture), 12);
  }
}

TEST(Decode, GreyJpegIsRepeated) {
  const Picture8 picture = waves(40, 30);
  const Picture8 grey = decoded(make_jpeg(picture, JpegKind::grey));
  ASSERT_EQ(grey.width, 40);
  for (int x = 0; x < 40; ++x) {
    EXPECT_EQ(grey.at(x, 7)[0], grey.at(x, 7)[1]);
    EXPECT_EQ(grey.at(x, 7)[0], grey.at(x, 7)[2]);
    EXPECT_NEAR(grey.at(x, 7)[0], picture.at(x, 7)[1], 4);
  }
}

// Pillow: stored values are inverted ink; red = (255 - C)(255 - K) / 255 with C, K ink.
TEST(Decode, CmykAndYcckAsPillow) {
  const Picture8 picture = waves(48, 48);
  Picture8 expected(48, 48);
  for (size_t i = 0; i < picture.rgb.size(); i += 3) {
    const Cmyk stored = stored_cmyk(&picture.rgb[i]);
    const uint8_t light[3] = {stored.c, stored.m, stored.y};
    for (size_t c = 0; c < 3; ++c) {
      expected.rgb[i + c] = static_cast<uint8_t>(light[c] * stored.k / 255.0 + 0.5);
    }
  }
  EXPECT_LE(largest_difference(decoded(make_jpeg(picture, JpegKind::cmyk)), expected), 8);
  EXPECT_LE(largest_difference(decoded(make_jpeg(picture, JpegKind::ycck)), expected), 14);
}

TEST(Decode, TruncatedJpegNamesTheFile) {
  const std::string file = make_jpeg(waves(200, 200), JpegKind::rgb);
  for (const size_t keep : {file.size() - 2, file.size() / 2, size_t{300}, size_t{20}, size_t{3}}) {
    const std::string message = refusal(file.substr(0, keep));
    EXPECT_TRUE(contains(message, "dir/name.jpg")) << message;
    EXPECT_TRUE(contains(message, "truncated")) << keep << ": " << message;
  }
}

TEST(Decode, ScanBombIsRefused) {
  // The scans of a tiny progressive picture, many times over.
  const std::string file = make_jpeg(pattern(16, 16), JpegKind::progressive);
  const size_t first_scan = file.find("\xff\xda"s);
  const size_t second_scan = file.find("\xff\xda"s, first_scan + 2);
  const std::string scan = file.substr(first_scan, second_scan - first_scan);
  std::string bomb = file.substr(0, first_scan);
  for (int i = 0; i < 400; ++i) bomb += scan;
  bomb += "\xff\xd9"s;
  EXPECT_TRUE(contains(refusal(bomb), "scans")) << refusal(bomb);
}

TEST(Decode, ContentCountsNotTheName) {
  const Picture8 picture = pattern(33, 17);
  EXPECT_EQ(decoded(encode_png(picture)), picture);  // named .jpg
}

std::vector<uint16_t> ramp(size_t count, int step) {
  std::vector<uint16_t> samples(count);
  for (size_t i = 0; i < count; ++i)
    samples[i] = static_cast<uint16_t>(i * static_cast<size_t>(step));
  return samples;
}

TEST(Decode, PngSixteenBitsKeepTheHighByte) {
  const auto samples = ramp(9 * 5 * 3, 487);
  const Picture8 picture = decoded(make_png(9, 5, {PNG_COLOR_TYPE_RGB, 16}, samples));
  for (size_t i = 0; i < samples.size(); ++i) EXPECT_EQ(picture.rgb[i], samples[i] >> 8);
}

TEST(Decode, PngAlphaIsDropped) {
  const auto samples = ramp(8 * 4 * 4, 1);
  const Picture8 picture = decoded(make_png(8, 4, {PNG_COLOR_TYPE_RGB_ALPHA, 8}, samples));
  for (size_t i = 0; i < 32; ++i) {
    for (size_t c = 0; c < 3; ++c) EXPECT_EQ(picture.rgb[i * 3 + c], samples[i * 4 + c]);
  }
  const Picture8 grey = decoded(make_png(8, 4, {PNG_COLOR_TYPE_GRAY_ALPHA, 8}, samples));
  EXPECT_EQ(grey.at(3, 2)[2], samples[(2 * 8 + 3) * 2]);
}

TEST(Decode, PngFewBitsOfGreyFillTheRange) {
  for (const int bits : {1, 2, 4}) {
    const int levels = (1 << bits) - 1;
    std::vector<uint16_t> samples(10 * 3);
    for (size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<uint16_t>(i & levels);
    const Picture8 picture = decoded(make_png(10, 3, {PNG_COLOR_TYPE_GRAY, bits}, samples));
    for (size_t i = 0; i < samples.size(); ++i) {
      EXPECT_EQ(picture.rgb[i * 3 + 1], samples[i] * 255 / levels) << bits << " bits";
    }
  }
}

TEST(Decode, PngPaletteIsLookedUpAndItsTransparencyDropped) {
  const auto samples = ramp(16 * 2, 1);
  for (const int bits : {8, 4}) {
    std::vector<uint16_t> indices = samples;
    for (auto& index : indices) index &= (1 << bits) - 1;
    const Picture8 picture = decoded(make_png(16, 2, {PNG_COLOR_TYPE_PALETTE, bits}, indices));
    for (size_t i = 0; i < indices.size(); ++i) {
      EXPECT_EQ(picture.rgb[i * 3], indices[i]);
      EXPECT_EQ(picture.rgb[i * 3 + 1], 255 - indices[i]);
      EXPECT_EQ(picture.rgb[i * 3 + 2], 3 * indices[i] % 256);
    }
  }
}

TEST(Decode, PngInterlacedIsTheSame) {
  std::vector<uint16_t> samples(21 * 13 * 3);
  for (size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<uint16_t>(i * 37 % 256);
  const Picture8 plain = decoded(make_png(21, 13, {PNG_COLOR_TYPE_RGB, 8, false}, samples));
  EXPECT_EQ(decoded(make_png(21, 13, {PNG_COLOR_TYPE_RGB, 8, true}, samples)), plain);
  EXPECT_EQ(plain.rgb[5], samples[5]);
}

TEST(Decode, DamagedAndTruncatedPng) {
  const std::string file = encode_png(pattern(64, 64));
  EXPECT_TRUE(contains(refusal(file.substr(0, file.size() / 2)), "truncated"));
  EXPECT_TRUE(contains(refusal(file.substr(0, 20)), "truncated"));
  std::string damaged = file;
  damaged[file.size() / 2] = static_cast<char>(damaged[file.size() / 2] ^ 0x55);
  EXPECT_TRUE(contains(refusal(damaged), "damaged")) << refusal(damaged);
}

// Only the header says 60000 x 60000: nothing of that size may be allocated.
TEST(Decode, PngBombIsRefusedFromItsHeader) {
  std::string bomb = encode_png(pattern(4, 4));
  const std::string side("\x00\x00\xea\x60", 4);
  bomb.replace(16, 8, side + side);
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(bomb.data() + 12), 17);
  for (size_t i = 0; i < 4; ++i) bomb[29 + i] = static_cast<char>(sum >> (24 - 8 * i));
  EXPECT_TRUE(contains(refusal(bomb), "60000x60000")) << refusal(bomb);
}

TEST(Decode, LimitIsInclusive) {
  const DecodeLimits limits = {.max_pixels = 99};
  EXPECT_TRUE(contains(refusal(encode_png(pattern(10, 10)), limits), "10x10"));
  EXPECT_TRUE(contains(refusal(make_jpeg(waves(10, 10), JpegKind::rgb), limits), "limit"));
  EXPECT_EQ(decoded(encode_png(pattern(9, 11)), limits).height, 11);
}

// A lossless WebP of 3 x 2 pixels that Pillow wrote: (10 x, 100 y, 50).
const std::string& small_webp() {
  static const std::string file(
      "\x52\x49\x46\x46\x2e\x00\x00\x00\x57\x45\x42\x50\x56\x50\x38\x4c\x22\x00\x00\x00"
      "\x2f\x02\x40\x00\x00\x2f\x30\x64\x42\x82\x84\xec\xff\xad\xe6\x91\x99\xff\x60\x21"
      "\xc2\x18\x10\x08\x50\xc6\x8a\x03\x4e\x89\xe8\x7f\x2c\x2f",
      54);
  return file;
}

TEST(Decode, Webp) {
  const Picture8 picture = decoded(small_webp());
  ASSERT_EQ(picture.width, 3);
  ASSERT_EQ(picture.height, 2);
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 3; ++x) {
      EXPECT_EQ(picture.at(x, y)[0], 10 * x);
      EXPECT_EQ(picture.at(x, y)[1], 100 * y);
      EXPECT_EQ(picture.at(x, y)[2], 50);
    }
  }
  EXPECT_TRUE(contains(refusal(small_webp().substr(0, 30)), "truncated"));
  EXPECT_TRUE(contains(refusal(small_webp(), {.max_pixels = 5}), "3x2"));
}

struct Unknown {
  std::string content, says;
};

TEST(Decode, UnknownContentIsDescribed) {
  const Unknown cases[] = {
      {"", "empty"},
      {"GIF89a....", "GIF"},
      {"BM........", "BMP"},
      {"II*\0......"s, "TIFF"},
      {"MM\0*......"s, "TIFF"},
      {"\0\0\0\x1c"
       "ftypavif\0\0\0\0"s,
       "AVIF"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"},
      {"\n <!DOCTYPE html><html>", "HTML"},
      {"<?xml version=\"1.0\"?><svg/>", "HTML or XML"},
      {"just a line of text\n", "text"},
      {"\x01\x02\x03\xff\xfe", "01 02 03 ff fe"},
      {"\xff\xd8"s, "ff d8"},
  };
  for (const Unknown& each : cases) {
    const std::string message = refusal(each.content);
    EXPECT_TRUE(contains(message, each.says)) << message;
    EXPECT_TRUE(contains(message, "dir/name.jpg")) << message;
  }
  EXPECT_TRUE(contains(refusal("GIF89a...."), "convert it"));
}

TEST(Decode, EveryCutOfEveryFormatIsRefusedNotCrashed) {
  for (const std::string& file : {make_jpeg(waves(20, 20), JpegKind::progressive),
                                  encode_png(pattern(12, 12)), small_webp()}) {
    for (size_t keep = 0; keep + 1 < file.size(); keep += 7) {
      EXPECT_THROW(decoded(file.substr(0, keep)), InputError) << keep;
    }
  }
}

TEST(ReadPictureHeader, GivesFormatAndSize) {
  const std::string file = make_jpeg(waves(31, 17), JpegKind::cmyk);
  const PictureHeader header = read_picture_header(bytes_of(file), {}, "x");
  EXPECT_EQ(header.format, Format::jpeg);
  EXPECT_EQ(header.width, 31);
  EXPECT_EQ(header.height, 17);
  EXPECT_EQ(read_picture_header(bytes_of(small_webp()), {}, "x").format, Format::webp);
}

}  // namespace
}  // namespace gpst
