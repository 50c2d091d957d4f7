#include "image/picture_source.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "image/png.h"
#include "tests/image/sample_pictures.h"
#include "tests/io/tar_builder.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

using Names = std::vector<std::string>;

Names names_of(const PictureSource& source) {
  Names names;
  for (int64_t i = 0; i < source.size(); ++i) names.push_back(source.item(i).relative_path);
  return names;
}

Names labels_of(const PictureSource& source) {
  Names labels;
  for (int64_t i = 0; i < source.size(); ++i) labels.push_back(source.item(i).label_part);
  return labels;
}

std::string refusal(const Names& inputs) {
  return message_of<InputError>([&] { PictureSource::open(inputs); });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class PictureSourceTest : public ::testing::Test {
 protected:
  const TemporaryFolder folder_;
  const Picture8 picture_ = pattern(6, 4);
  const std::string png_ = encode_png(picture_);
};

TEST_F(PictureSourceTest, FolderIsWalkedSortedAndLabelled) {
  folder_.write("data/b/2.JPG", png_);
  folder_.write("data/b/10.png", png_);
  folder_.write("data/a/deep/x.webp", png_);
  folder_.write("data/top.jpeg", png_);
  folder_.write("data/notes.txt", "text");
  folder_.write("data/b/old.gif", "GIF");
  folder_.write("data/.hidden.png", png_);
  folder_.write("data/.cache/y.png", png_);
  const PictureSource source = PictureSource::open({folder_ / "data"});
  EXPECT_EQ(names_of(source), (Names{"a/deep/x.webp", "b/10.png", "b/2.JPG", "top.jpeg"}));
  EXPECT_EQ(labels_of(source), (Names{"a", "b", "b", ""}));
  EXPECT_EQ(source.skipped_note(), "2 files skipped (1 .gif, 1 .txt)");
  EXPECT_EQ(source.load(2, {}), picture_);  // by content, whatever the name
  EXPECT_EQ(source.location(3), folder_ / "data/top.jpeg");
}

TEST_F(PictureSourceTest, LinkedFoldersAreFollowedOnceAround) {
  folder_.write("real/x.png", png_);
  folder_.write("data/own.png", png_);
  std::filesystem::create_directory_symlink(folder_ / "real", folder_ / "data/linked");
  std::filesystem::create_directory_symlink(folder_ / "data", folder_ / "data/circle");
  const PictureSource source = PictureSource::open({folder_ / "data"});
  EXPECT_EQ(names_of(source), (Names{"linked/x.png", "own.png"}));
}

TEST_F(PictureSourceTest, TarMembersAreReadInPlace) {
  const std::string other = encode_png(pattern(9, 9));
  const std::string tar =
      folder_.write("set.tar", tar_member({.name = "./n02/b.png", .content = other}) +
                                   tar_member({.name = "n01/a.png", .content = png_}) +
                                   tar_member({.name = "n01/readme", .content = "text"}) +
                                   tar_member({.name = "n01/._a.png", .content = "fork"}) +
                                   tar_member({.name = "n01/link.png", .type = '2'}) + tar_end());
  const PictureSource source = PictureSource::open({tar});
  EXPECT_EQ(names_of(source), (Names{"n01/a.png", "n02/b.png"}));
  EXPECT_EQ(labels_of(source), (Names{"n01", "n02"}));
  EXPECT_EQ(source.load(0, {}), picture_);
  EXPECT_EQ(source.load(1, {}), pattern(9, 9));
  EXPECT_EQ(source.location(1), tar + ": ./n02/b.png");
  EXPECT_EQ(source.skipped_note(), "2 files skipped (1 without extension, 1 links)");
}

TEST_F(PictureSourceTest, TarMembersOutsideAreRefused) {
  for (const std::string name : {"../x.png", "a/../../x.png", "/etc/x.png"}) {
    const std::string tar =
        folder_.write("bad.tar", tar_member({.name = name, .content = png_}) + tar_end());
    EXPECT_TRUE(contains(refusal({tar}), "outside")) << refusal({tar});
  }
  EXPECT_TRUE(contains(refusal({folder_.write("x.tar.gz", "\x1f\x8b")}), "compressed"));
}

TEST_F(PictureSourceTest, ListDropsTheCommonFolder) {
  const std::string a = folder_.write("base/train/n1/a.png", png_);
  const std::string b = folder_.write("base/train/n2/b", png_);  // tried without an extension
  const std::string list = folder_.write("files.txt", a + "\r\n\n" + b + "\n");
  const PictureSource source = PictureSource::open({list});
  EXPECT_EQ(names_of(source), (Names{"n1/a.png", "n2/b"}));
  EXPECT_EQ(labels_of(source), (Names{"n1", "n2"}));
  EXPECT_EQ(source.load(1, {}), picture_);
}

TEST_F(PictureSourceTest, ListPathsMayStartAtTheList) {
  folder_.write("lists/pictures/a.png", png_);
  const std::string list = folder_.write("lists/one.lst", "pictures/../pictures/a.png");
  const PictureSource source = PictureSource::open({list});
  EXPECT_EQ(names_of(source), (Names{"a.png"}));
  EXPECT_EQ(labels_of(source), (Names{""}));
  EXPECT_EQ(source.load(0, {}), picture_);
}

// One absent file costs itself, not the run.
TEST_F(PictureSourceTest, AbsentListedFileFailsWhenRead) {
  const std::string good = folder_.write("d/a.png", png_);
  const std::string list =
      folder_.write("list.txt", good + "\n" + (folder_ / "d/b.png").string() + "\n");
  const PictureSource source = PictureSource::open({list});
  ASSERT_EQ(source.size(), 2);
  EXPECT_EQ(source.load(0, {}), picture_);
  EXPECT_THROW(source.load(1, {}), IoError);
}

TEST_F(PictureSourceTest, NamedFilesAreTriedWhateverTheirName) {
  const std::string odd = folder_.write("picture.dat", png_);
  const PictureSource source = PictureSource::open({odd, folder_.write("z.jpg", png_)});
  EXPECT_EQ(names_of(source), (Names{"picture.dat", "z.jpg"}));
  EXPECT_EQ(labels_of(source), (Names{"", ""}));
  EXPECT_EQ(source.load(0, {}), picture_);
  const std::string empty = folder_.write("empty.jpg", "");
  const std::string message =
      message_of<InputError>([&] { PictureSource::open({empty}).load(0, {}); });
  EXPECT_TRUE(contains(message, "empty.jpg")) << message;
}

TEST_F(PictureSourceTest, NothingFoundIsRefused) {
  folder_.write("texts/a.txt", "x");
  const std::string message = refusal({folder_ / "texts"});
  EXPECT_TRUE(contains(message, "texts") && contains(message, "1 .txt")) << message;
  EXPECT_TRUE(contains(refusal({}), "no input"));
  EXPECT_TRUE(contains(refusal({folder_.write("none.txt", "\n \n")}), "no paths"));
  EXPECT_TRUE(contains(refusal({folder_.write("none.tar", tar_end())}), "no pictures"));
  EXPECT_THROW(PictureSource::open({folder_ / "absent"}), IoError);
}

TEST_F(PictureSourceTest, SameResultNamesAreRefused) {
  const std::string a = folder_.write("one/x.png", png_);
  const std::string b = folder_.write("two/x.jpg", png_);
  const std::string message = refusal({a, b});
  EXPECT_TRUE(contains(message, a) && contains(message, b)) << message;
  EXPECT_TRUE(contains(refusal({folder_ / "one", folder_ / "two"}), "\"x\""));
  EXPECT_EQ(PictureSource::open({folder_.path()}).size(), 2);  // one/x and two/x
}

TEST(WithExtension, ReplacesTheLastOne) {
  EXPECT_EQ(with_extension("a/b.c.JPEG", ".png"), "a/b.c.png");
  EXPECT_EQ(with_extension("a.b/c", ".png"), "a.b/c.png");
  EXPECT_EQ(with_extension("x.jpg", ""), "x");
  EXPECT_TRUE(has_picture_extension("a/b.JPeG"));
  EXPECT_FALSE(has_picture_extension("a.png/b"));
}

}  // namespace
}  // namespace gpst
