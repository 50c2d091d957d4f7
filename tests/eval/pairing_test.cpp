#include "eval/pairing.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "io/npy_header.h"
#include "tests/io/zip_builder.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Pairing looks at names only, so the files are empty.
class Pairing : public ::testing::Test {
 protected:
  PictureSet files(const std::string& folder, const std::vector<std::string>& names) const {
    for (const std::string& name : names) folder_.write(folder + "/" + name, "");
    return PictureSet::open({folder_ / folder});
  }
  PictureSet rows(const std::string& name, int count) const {
    const std::string content = format_npy_header(DType::u8, {count, 1, 1, 3}) +
                                std::string(static_cast<size_t>(3 * count), 'x');
    return PictureSet::open(
        {folder_.write(name, build_zip({{.name = "arr_0.npy", .content = content}}))});
  }

  TemporaryFolder folder_;
};

TEST_F(Pairing, ByNameWithoutExtension) {
  const MatchedSets matched =
      match_pictures(files("a", {"n1/x.png", "b.png", "only.png"}),
                     files("b", {"b.jpg", "n1/x.webp", "a.png", "n2/x.png"}));
  ASSERT_EQ(matched.a.size(), 2);
  ASSERT_EQ(matched.b.size(), 2);
  EXPECT_EQ(matched.a.location(0), folder_ / "a/b.png");
  EXPECT_EQ(matched.b.location(0), folder_ / "b/b.jpg");
  EXPECT_EQ(matched.b.location(1), folder_ / "b/n1/x.webp");
  ASSERT_EQ(matched.unmatched.size(), 3U);
  EXPECT_EQ(matched.unmatched[0].location, folder_ / "a/only.png");
  EXPECT_THAT(matched.unmatched[0].reason, HasSubstr("second set"));
  EXPECT_EQ(matched.unmatched[1].location, folder_ / "b/a.png");
  EXPECT_THAT(matched.unmatched[1].reason, HasSubstr("first set"));
}

TEST_F(Pairing, FolderThatAllOfASetBeginWith) {
  const MatchedSets matched = match_pictures(files("a", {"out/n1/x.png", "out/y.png", "out/z.png"}),
                                             files("b", {"n1/x.png", "y.png"}));
  ASSERT_EQ(matched.a.size(), 2);
  EXPECT_EQ(matched.a.location(0), folder_ / "a/out/n1/x.png");
  EXPECT_EQ(matched.b.location(0), folder_ / "b/n1/x.png");
  EXPECT_EQ(matched.unmatched.size(), 1U);
}

TEST_F(Pairing, NothingInCommon) {
  const PictureSet a = files("a", {"x.png", "y.png"}), b = files("b", {"u.png", "v.png"});
  EXPECT_THAT(message_of<InputError>([&] { match_pictures(a, b); }),
              AllOf(HasSubstr("'x'"), HasSubstr("'u'")));
}

TEST_F(Pairing, TwoPicturesArePairedWhateverTheirNames) {
  const MatchedSets matched = match_pictures(files("a", {"x.png"}), files("b", {"y.png"}));
  EXPECT_EQ(matched.a.size(), 1);
  EXPECT_TRUE(matched.unmatched.empty());
}

TEST_F(Pairing, NameThatASetHasTwice) {
  files("a", {"x.png"});
  files("b", {"x.png", "y.png"});
  const PictureSet both = PictureSet::open({folder_ / "a", folder_ / "b"});
  const PictureSet b = PictureSet::open({folder_ / "b"});
  EXPECT_THAT(message_of<InputError>([&] { match_pictures(both, b); }),
              AllOf(HasSubstr("a/x.png"), HasSubstr("b/x.png")));
}

TEST_F(Pairing, RowsOfArchivesByNumber) {
  const PictureSet three = rows("three.npz", 3);
  const MatchedSets matched = match_pictures(files("a", {"x.png", "y.png", "z.png"}), three);
  EXPECT_EQ(matched.a.name(2), "z");
  EXPECT_EQ(matched.b.name(2), "000002");
  EXPECT_THAT(message_of<InputError>([&] { match_pictures(rows("two.npz", 2), three); }),
              AllOf(HasSubstr("two.npz"), HasSubstr("three.npz"), HasSubstr("2"), HasSubstr("3")));
}

}  // namespace
}  // namespace gpst
