#include "image/exif.h"

#include <gtest/gtest.h>

#include "tests/image/sample_pictures.h"

namespace gpst {
namespace {

TEST(Exif, OrientationOfAJpeg) {
  const std::string plain = make_jpeg(waves(24, 16), JpegKind::rgb);
  EXPECT_EQ(exif_orientation(Format::jpeg, bytes_of(plain)), 1);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string turned = with_exif_orientation(plain, orientation);
    EXPECT_EQ(exif_orientation(Format::jpeg, bytes_of(turned)), orientation);
  }
  EXPECT_EQ(exif_orientation(Format::jpeg, bytes_of(with_exif_orientation(plain, 9))), 1);
}

TEST(Exif, IsIgnoredUnlessAsked) {
  const std::string file = with_exif_orientation(make_jpeg(waves(24, 16), JpegKind::rgb), 6);
  const Picture8 stored = decode(bytes_of(file), {}, "x");
  EXPECT_EQ(stored.width, 24);
  const Picture8 turned = decode(bytes_of(file), {.exif_orientation = true}, "x");
  EXPECT_EQ(turned.width, 16);
  EXPECT_EQ(turned, oriented(stored, 6));
}

TEST(Exif, CutAnywhereIsHarmless) {
  const std::string file = with_exif_orientation(make_jpeg(waves(8, 8), JpegKind::rgb), 3);
  for (size_t keep = 0; keep < 60; ++keep) {
    for (const Format format : {Format::jpeg, Format::png, Format::webp}) {
      const int orientation = exif_orientation(format, bytes_of(file.substr(0, keep)));
      EXPECT_TRUE(orientation == 1 || orientation == 3);
    }
  }
}

// PNG chunk and RIFF chunk with a little-endian TIFF inside.
TEST(Exif, OrientationOfPngAndWebp) {
  const std::string tiff(
      "II*\0\x08\0\0\0"
      "\x01\0"
      "\x12\x01\x03\0\x01\0\0\0\x08\0\0\0"
      "\0\0\0\0",
      26);
  const std::string png = std::string("\x89PNG\r\n\x1a\n\0\0\0\x1a", 12) + "eXIf" + tiff + "crc4";
  EXPECT_EQ(exif_orientation(Format::png, bytes_of(png)), 8);
  const std::string webp = "RIFF1234WEBP" + std::string("XXXX\3\0\0\0abc\0", 12) + "EXIF" +
                           std::string("\x1a\0\0\0", 4) + tiff;
  EXPECT_EQ(exif_orientation(Format::webp, bytes_of(webp)), 8);
}

// What each number means, on a picture of 2 x 1: left red, right blue.
TEST(Exif, OrientedTurnsTheRightWay) {
  Picture8 picture(2, 1);
  picture.at(0, 0)[0] = 255;
  picture.at(1, 0)[2] = 255;
  const auto red_at = [&](int orientation, int x, int y) {
    return oriented(picture, orientation).at(x, y)[0] == 255;
  };
  EXPECT_TRUE(red_at(1, 0, 0));
  EXPECT_TRUE(red_at(2, 1, 0));
  EXPECT_TRUE(red_at(3, 1, 0));
  EXPECT_TRUE(red_at(4, 0, 0));
  EXPECT_EQ(oriented(picture, 5).width, 1);
  EXPECT_TRUE(red_at(5, 0, 0));  // transposed
  EXPECT_TRUE(red_at(6, 0, 0));  // turned right: the left end comes up
  EXPECT_TRUE(red_at(7, 0, 1));
  EXPECT_TRUE(red_at(8, 0, 1));  // turned left: the left end goes down
}

TEST(Exif, UpDownAndTurnsDiffer) {
  const Picture8 picture = pattern(5, 4);
  const Picture8 right = oriented(picture, 6);
  EXPECT_EQ(right.at(3, 0)[0], picture.at(0, 0)[0]);  // the left upper corner goes right
  const Picture8 left = oriented(picture, 8);
  EXPECT_EQ(left.at(0, 4)[0], picture.at(0, 0)[0]);
  EXPECT_EQ(oriented(picture, 4).at(2, 3)[1], picture.at(2, 0)[1]);
  EXPECT_EQ(oriented(picture, 7).at(3, 4)[1], picture.at(0, 0)[1]);
  EXPECT_EQ(oriented(right, 8), picture);
}

}  // namespace
}  // namespace gpst
