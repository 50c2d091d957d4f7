#include "sampler/class_list.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace gpst {
namespace {

const char kTable[] =
    "label\twnid\tname\n"
    "0\tn01443537\tgoldfish\n"
    "1\tn02129165\tlion\n"
    "2\tn02077923\tsea lion\n"
    "3\tn02012849\tcrane\n"
    "4\tn03126707\tcrane\n"
    "5\tn02509815\tlesser panda, red panda\n";

ClassTable table() { return ClassTable::from_text(kTable, "classes.tsv"); }

std::string error_of(std::string_view word) {
  try {
    table().label_of(word);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(ClassList, NumberWnidAndNameMeanTheSameClass) {
  EXPECT_EQ(table().parse_list("1,n02129165,lion,LION"), (std::vector<int64_t>{1, 1, 1, 1}));
}

TEST(ClassList, AnExactNameBeatsAPart) { EXPECT_EQ(table().label_of("lion"), 1); }

TEST(ClassList, AUniquePartIsEnough) {
  EXPECT_EQ(table().label_of("Sea"), 2);
  EXPECT_EQ(table().label_of("gold"), 0);
}

TEST(ClassList, UnderscoresAreBlanks) { EXPECT_EQ(table().label_of("sea_lion"), 2); }

TEST(ClassList, SynonymsAreExactNames) { EXPECT_EQ(table().label_of("red panda"), 5); }

TEST(ClassList, AmbiguousNamesListTheCandidates) {
  const std::string error = error_of("crane");
  EXPECT_NE(error.find("crane (3)"), std::string::npos) << error;
  EXPECT_NE(error.find("crane (4)"), std::string::npos) << error;
}

TEST(ClassList, UnknownNamesSayTheNearest) {
  const std::string error = error_of("godlfish");
  EXPECT_NE(error.find("goldfish"), std::string::npos) << error;
}

TEST(ClassList, NumbersOutOfRangeAreRefused) {
  EXPECT_NE(error_of("6").find("0 to 5"), std::string::npos) << error_of("6");
  EXPECT_NE(error_of("99999999999999999999"), "");
}

TEST(ClassList, EmptyPartsAreRefused) { EXPECT_THROW(table().parse_list("1,,2"), UsageError); }

TEST(ClassList, AForeignFirstColumnIsNotTheLabel) {
  const auto tiny = ClassTable::from_text("index\twnid\tname\n107\tn01910747\tjellyfish\n", "t");
  EXPECT_EQ(tiny.label_of("jellyfish"), 0);
}

TEST(ClassList, LabelsMustCount) {
  EXPECT_THROW(ClassTable::from_text("label\twnid\tname\n7\tn01910747\tjellyfish\n", "t"),
               InputError);
  EXPECT_THROW(ClassTable::from_text("0\tn01910747\n", "t"), InputError);
  EXPECT_THROW(ClassTable::from_text("", "t"), InputError);
}

TEST(ClassList, UnnamedClassesAnswerToNumbers) {
  EXPECT_EQ(ClassTable::unnamed(10).label_of("9"), 9);
  EXPECT_THROW(ClassTable::unnamed(10).label_of("10"), UsageError);
}

}  // namespace
}  // namespace gpst
