#include "base/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace gpst {
namespace {

const std::vector<std::string> kNames{"gps_num", "gps_dmax", "rois", "sample", "reconstruct"};

TEST(Nearest, finds_each_kind_of_single_edit) {
  EXPECT_EQ(nearest("gps_numm", kNames), "gps_num");  // insert
  EXPECT_EQ(nearest("gps_nm", kNames), "gps_num");    // delete
  EXPECT_EQ(nearest("gps_mun", kNames), "gps_num");   // replace
  EXPECT_EQ(nearest("orsi", kNames), "");             // two edits of four letters
  EXPECT_EQ(nearest("rosi", kNames), "rois");         // swap
  EXPECT_EQ(nearest("reconstrcut", kNames), "reconstruct");
}

TEST(Nearest, letter_case_and_dashes_do_not_count) {
  EXPECT_EQ(nearest("GPS-NUM", kNames), "gps_num");
  EXPECT_EQ(nearest("Sample", kNames), "sample");
}

TEST(Nearest, says_nothing_when_nothing_is_near) {
  EXPECT_EQ(nearest("perceptual", kNames), "");
  EXPECT_EQ(nearest("", kNames), "");
  EXPECT_EQ(nearest("sample", {}), "");
  const std::vector<std::string> letters{"a", "b"};
  EXPECT_EQ(nearest("c", letters), "");
}

TEST(Nearest, hint_is_a_question_or_empty) {
  EXPECT_EQ(did_you_mean("sampel", kNames), "; did you mean sample?");
  EXPECT_EQ(did_you_mean("zzzz", kNames), "");
}

}  // namespace
}  // namespace gpst
