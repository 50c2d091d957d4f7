#include "train/held_out.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/error.h"
#include "image/picture_source.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_tokenizer.h"

namespace gpst {
namespace {

class HeldOutTest : public testing::Test {
 protected:
  void SetUp() override { write_tiny_pictures(folder_.path(), 12); }
  PictureSource source() const { return PictureSource::open({folder_.path().string()}); }
  std::set<std::string> held_out_names(int64_t count) const {
    const PictureSource pictures = source();
    std::set<std::string> names;
    for (const int64_t i : split_held_out(pictures, count).held_out) {
      names.insert(pictures.item(i).relative_path);
    }
    return names;
  }
  TemporaryFolder folder_;
};

TEST_F(HeldOutTest, is_spread_over_the_classes) {
  const PictureSource pictures = source();
  const HeldOutSplit split = split_held_out(pictures, 4);
  ASSERT_EQ(split.held_out.size(), 4u);
  EXPECT_EQ(split.train.size(), 8u);
  int even = 0;
  for (const int64_t i : split.held_out) even += pictures.item(i).label_part == "even";
  EXPECT_EQ(even, 2);
}

TEST_F(HeldOutTest, the_two_parts_are_the_whole) {
  const HeldOutSplit split = split_held_out(source(), 5);
  std::set<int64_t> all(split.train.begin(), split.train.end());
  all.insert(split.held_out.begin(), split.held_out.end());
  EXPECT_EQ(all.size(), 12u);
  EXPECT_TRUE(std::ranges::is_sorted(split.train));
}

TEST_F(HeldOutTest, pictures_of_one_class_do_not_move_those_of_another) {
  const auto before = held_out_names(4);
  std::filesystem::copy(folder_ / "odd/1.png", folder_ / "odd/100.png");
  std::filesystem::copy(folder_ / "odd/1.png", folder_ / "odd/101.png");
  const auto after = held_out_names(4);
  for (const std::string& name : before) {
    EXPECT_TRUE(name.starts_with("odd") || after.contains(name)) << name;
  }
}

TEST_F(HeldOutTest, nothing_left_to_train_on_is_refused) {
  EXPECT_THROW(split_held_out(source(), 12), InputError);
  EXPECT_EQ(split_held_out(source(), 0).train.size(), 12u);
}

}  // namespace
}  // namespace gpst
