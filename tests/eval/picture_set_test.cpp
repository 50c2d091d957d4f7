#include "eval/picture_set.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "image/png.h"
#include "io/npy_header.h"
#include "tests/io/zip_builder.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// One colour, by which it is known again.
Picture8 plain(int number, int width = 4, int height = 3) {
  Picture8 picture(width, height);
  std::fill(picture.rgb.begin(), picture.rgb.end(), static_cast<uint8_t>(number));
  return picture;
}

int number_of(const PendingPicture& pending) { return pending.load().rgb.front(); }

// What a cursor gives when asked for `step` pictures at a time.
std::vector<int> numbers_of(const PictureSet& set, int64_t step = 3) {
  std::vector<int> numbers;
  PictureCursor cursor = set.cursor();
  for (auto next = cursor.next(step); !next.empty(); next = cursor.next(step)) {
    for (const PendingPicture& pending : next) {
      EXPECT_EQ(pending.index, std::ssize(numbers));
      EXPECT_EQ(pending.name, set.name(pending.index));
      EXPECT_EQ(pending.location, set.location(pending.index));
      numbers.push_back(number_of(pending));
    }
  }
  return numbers;
}

class PictureSets : public ::testing::Test {
 protected:
  std::string png(const std::string& name, int number) const {
    const std::string path = folder_.write(name, "");
    write_png(path, plain(number));
    return path;
  }
  std::string npz(const std::string& name, int first, int count, bool deflate) const {
    std::string content = format_npy_header(DType::u8, {count, 3, 4, 3});
    for (int i = 0; i < count; ++i) content += std::string(36, static_cast<char>(first + i));
    return folder_.write(
        name, build_zip({{.name = "arr_0.npy", .content = content, .deflate = deflate}}));
  }
  std::string in(const std::string& name) const { return folder_ / name; }

  TemporaryFolder folder_;
};

TEST_F(PictureSets, FoldersAreSortedByPath) {
  png("in/c.png", 3);
  png("in/b/a.png", 2);
  png("in/a.png", 1);
  folder_.write("in/notes.txt", "");
  const PictureSet set = PictureSet::open({in("in")});
  ASSERT_EQ(set.size(), 3);
  EXPECT_THAT(numbers_of(set, 2), ElementsAre(1, 2, 3));
  EXPECT_EQ(set.name(1), "b/a");
  EXPECT_EQ(set.location(1), in("in/b/a.png"));
  EXPECT_EQ(set.skipped_note(), "1 file skipped (1 .txt)");
  EXPECT_FALSE(set.has_archives());
}

TEST_F(PictureSets, SeveralInputsAreOneSetInTheirOrder) {
  png("z/a.png", 1);
  png("z/b.png", 2);
  png("a/a.png", 9);
  const std::string stored = npz("stored.npz", 3, 2, false);
  const std::string deflated = npz("deflated.npz", 5, 4, true);
  const PictureSet set = PictureSet::open({in("z"), stored, deflated, in("a/a.png"), stored});
  EXPECT_TRUE(set.has_archives());
  for (const int64_t step : {1, 4, 100}) {
    EXPECT_THAT(numbers_of(set, step), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 3, 4));
  }
  EXPECT_EQ(set.name(3), "000001");
  EXPECT_EQ(set.location(3), stored + ": arr_0[1]");
  EXPECT_EQ(set.name(8), "a");
}

TEST_F(PictureSets, SelectKeepsTheOrderGiven) {
  for (int i = 0; i < 4; ++i) png("in/" + std::to_string(i) + ".png", i);
  const PictureSet files = PictureSet::open({in("in")}).select({3, 0, 2});
  EXPECT_EQ(files.size(), 3);
  EXPECT_EQ(files.name(0), "3");
  EXPECT_THAT(numbers_of(files), ElementsAre(3, 0, 2));
  EXPECT_THAT(numbers_of(files.select({2, 0})), ElementsAre(2, 3));

  const PictureSet rows = PictureSet::open({npz("a.npz", 10, 5, true), npz("b.npz", 20, 5, false)});
  EXPECT_THAT(numbers_of(rows.select({1, 4, 5, 8})), ElementsAre(11, 14, 20, 23));
  EXPECT_TRUE(rows.select({}).cursor().next(1).empty());
}

TEST_F(PictureSets, SizeScalesAndCrops) {
  png("in/a.png", 7);
  const PictureSet set = PictureSet::open({in("in"), npz("a.npz", 1, 1, false)}, {.size = 2});
  for (const PendingPicture& pending : set.cursor().next(2)) {
    const Picture8 picture = pending.load();
    EXPECT_EQ(picture.width, 2);
    EXPECT_EQ(picture.height, 2);
  }
}

TEST_F(PictureSets, BrokenPictureIsFoundByLoad) {
  png("in/a.png", 1);
  folder_.write("in/b.png", "no picture");
  const PictureSet set = PictureSet::open({in("in")});
  const auto pending = set.cursor().next(5);
  ASSERT_EQ(pending.size(), 2U);
  EXPECT_EQ(number_of(pending[0]), 1);
  EXPECT_THAT(message_of<InputError>([&] { pending[1].load(); }), HasSubstr("b.png"));
}

TEST_F(PictureSets, DamagedRowsAreFoundByTheCursor) {
  std::string content = format_npy_header(DType::u8, {2, 3, 4, 3}) + std::string(72, 'x');
  const std::string path = folder_.write(
      "a.npz", build_zip({{.name = "arr_0.npy", .content = content, .crc_change = 1}}));
  const PictureSet set = PictureSet::open({path});
  EXPECT_THAT(message_of<InputError>([&] { set.cursor().next(2); }),
              AllOf(HasSubstr(path), HasSubstr("checksum")));
}

TEST_F(PictureSets, WhatIsNoSetIsRefused) {
  EXPECT_THROW(PictureSet::open({}), InputError);
  EXPECT_THROW(PictureSet::open({in("absent")}), IoError);
  EXPECT_THROW(PictureSet::open({in("absent.npz")}), IoError);
}

TEST_F(PictureSets, ArchivesThatHoldNoPictures) {
  const auto message = [&](const std::string& name, DType dtype, const std::vector<int64_t>& shape,
                           size_t bytes) {
    const std::string content = format_npy_header(dtype, shape) + std::string(bytes, '\0');
    const std::string path =
        folder_.write("bad.npz", build_zip({{.name = name + ".npy", .content = content}}));
    return message_of<InputError>([&] { PictureSet::open({path}); });
  };
  EXPECT_THAT(message("arr_0", DType::f32, {1, 1, 1, 3}, 12),
              AllOf(HasSubstr("bad.npz"), HasSubstr("uint8"), HasSubstr("[1,1,1,3]")));
  EXPECT_THAT(message("arr_0", DType::u8, {4, 5, 5}, 100),
              AllOf(HasSubstr("[4,5,5]"), HasSubstr("[N,H,W,3]")));
  EXPECT_THAT(message("arr_0", DType::u8, {2, 3, 4, 4}, 96), HasSubstr("transpose"));
  EXPECT_THAT(message("arr_0", DType::u8, {0, 4, 4, 3}, 0), HasSubstr("no picture"));
  EXPECT_THAT(message("mu", DType::u8, {3}, 3), AllOf(HasSubstr("mu"), HasSubstr("statistics")));
  EXPECT_THAT(message("labels", DType::u8, {3}, 3), HasSubstr("labels"));
  const std::string text = folder_.write("text.npz", "this is no zip");
  EXPECT_THAT(message_of<InputError>([&] { PictureSet::open({text}); }), HasSubstr(text));
}

}  // namespace
}  // namespace gpst
