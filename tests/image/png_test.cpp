#include "image/png.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "base/error.h"
#include "base/files.h"
#include "image/codec.h"
#include "tests/image/sample_pictures.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

const std::vector<PngText> kText = {{"Software", "gpstoken"},
                                    {"gpst:config", "steps: 50\ncfg: 1.5\n"},
                                    {"Title", "L\u00f6we \u7345\u5b50"},
                                    {"Empty", ""}};

TEST(Png, PixelsSurvive) {
  for (const auto& [w, h] : {std::pair{1, 1}, {7, 3}, {64, 64}, {300, 2}}) {
    const Picture8 picture = pattern(w, h);
    EXPECT_EQ(decode(bytes_of(encode_png(picture)), {}, "x"), picture) << w << "x" << h;
  }
}

TEST(Png, BytesAreDeterministic) {
  EXPECT_EQ(encode_png(waves(90, 70), kText), encode_png(waves(90, 70), kText));
}

TEST(Png, TextSurvives) {
  const std::string file = encode_png(pattern(5, 5), kText);
  EXPECT_EQ(read_png_text(bytes_of(file), "x"), kText);
  EXPECT_TRUE(read_png_text(bytes_of(encode_png(pattern(5, 5))), "x").empty());
}

TEST(Png, TextIsReadWithoutThePixels) {
  const std::string file = encode_png(pattern(500, 500), kText);
  EXPECT_EQ(read_png_text(bytes_of(file.substr(0, file.size() / 2)), "x"), kText);
}

TEST(Png, TextOfSomethingElseIsRefused) {
  EXPECT_THROW(read_png_text(bytes_of("no picture at all"), "x"), InputError);
  EXPECT_THROW(read_png_text(bytes_of(""), "x"), InputError);
}

TEST(Png, BadKeysAreRefused) {
  for (const std::string& key : {std::string(), std::string(80, 'k'), std::string("new\nline")}) {
    EXPECT_THROW(encode_png(pattern(2, 2), {{key, "v"}}), InputError);
  }
  EXPECT_THROW(encode_png(pattern(2, 2), {{"key", std::string("a\0b", 3)}}), InputError);
  EXPECT_NO_THROW(encode_png(pattern(2, 2), {{std::string(79, 'k'), "v"}}));
}

TEST(Png, WrittenFileIsTheEncoding) {
  const TemporaryFolder folder;
  write_png(folder / "a.png", waves(40, 30), kText);
  EXPECT_EQ(read_file(folder / "a.png"), encode_png(waves(40, 30), kText));
  EXPECT_THROW(write_png(folder / "absent/a.png", waves(4, 3)), IoError);
}

TEST(PngRowWriter, GivesTheSameFile) {
  const TemporaryFolder folder;
  const Picture8 picture = waves(50, 40);
  PngRowWriter writer(folder / "rows.png", 50, 40, kText);
  for (int y = 0; y < 40; ++y) writer.write_row({picture.at(0, y), picture.row_bytes()});
  EXPECT_FALSE(std::filesystem::exists(folder / "rows.png"));
  writer.commit();
  EXPECT_EQ(read_file(folder / "rows.png"), encode_png(picture, kText));
}

TEST(PngRowWriter, NothingStaysWithoutCommit) {
  const TemporaryFolder folder;
  const Picture8 picture = pattern(6, 2);
  {
    PngRowWriter writer(folder / "rows.png", 6, 2);
    writer.write_row({picture.at(0, 0), picture.row_bytes()});
    EXPECT_THROW(writer.commit(), std::logic_error);
    EXPECT_THROW(writer.write_row({picture.at(0, 0), 5}), std::logic_error);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace gpst
