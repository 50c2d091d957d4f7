#include "base/config.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "tests/base/options.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

EveryOption read_from(const std::string& yaml) {
  EveryOption options;
  Config::from_yaml_text(yaml, "x.yaml").read("", options);
  return options;
}

EveryOption read_set(const std::string& key, const std::string& value) {
  Config config;
  config.set(key, value, "--set " + key);
  EveryOption options;
  config.read("", options);
  return options;
}

std::string refusal(const std::string& yaml) {
  return message_of<ConfigError>([&] { read_from(yaml); });
}

std::string set_refusal(const std::string& key, const std::string& value) {
  return message_of<UsageError>([&] { read_set(key, value); });
}

TEST(ConfigRead, fills_every_type) {
  const EveryOption o = read_from(
      "flag: Yes\ngps_num: 256\nworkers: 0\nlr: 1\nname: 5\nloss_weight: velocity\npath: GVP\n"
      "factors: [1, 2.5, -3e-2]\nwords: [x, 5, null]\nlimit: null\n"
      "nested:\n  size: [16, 32]\n  weight: 0.5\n");
  EXPECT_TRUE(o.flag);
  EXPECT_EQ(o.gps_num, 256);
  EXPECT_EQ(o.workers, 0);
  EXPECT_EQ(o.lr, 1.0);
  EXPECT_EQ(o.name, "5");
  EXPECT_EQ(o.loss_weight, "velocity");
  EXPECT_EQ(o.path, PathKind::gvp);
  EXPECT_THAT(o.factors, ElementsAre(1.0, 2.5, -0.03));
  EXPECT_THAT(o.words, ElementsAre("x", "5", "none"));
  EXPECT_EQ(o.limit, std::nullopt);
  EXPECT_THAT(o.nested.size, ElementsAre(16, 32));
  EXPECT_EQ(o.nested.weight, 0.5);
}

TEST(ConfigRead, leaves_defaults_alone) {
  const EveryOption o = read_from("nested:\n");
  EXPECT_EQ(o.gps_num, 128);
  EXPECT_EQ(o.limit, 7);
  EXPECT_THAT(o.nested.size, ElementsAre(64, 64));
}

TEST(ConfigRead, null_is_none_for_a_text) {
  EXPECT_EQ(read_from("loss_weight: null").loss_weight, "none");
  EXPECT_EQ(read_from("loss_weight:").loss_weight, "none");
}

TEST(ConfigRead, says_where_what_and_instead_of_what) {
  EXPECT_EQ(refusal("\ngps_num: abc\n"),
            "x.yaml:2: gps_num: expected an integer in [1, 100000], found \"abc\"");
  EXPECT_EQ(refusal("gps_num: 0"),
            "x.yaml:1: gps_num: expected an integer in [1, 100000], found \"0\"");
  EXPECT_EQ(refusal("path: GPV"),
            "x.yaml:1: path: expected one of Linear | GVP, found \"GPV\"; did you mean GVP?");
  EXPECT_EQ(refusal("lr: -1"), "x.yaml:1: lr: expected a number >= 0, found \"-1\"");
  EXPECT_EQ(refusal("flag: 1"), "x.yaml:1: flag: expected true or false, found \"1\"");
  EXPECT_EQ(refusal("nested:\n  size: [1]"),
            "x.yaml:2: nested.size: expected a list of 2, found 1 items");
  EXPECT_EQ(refusal("nested:\n  size: [1, b]"),
            "x.yaml:2: nested.size[1]: expected an integer >= 1, found \"b\"");
}

TEST(ConfigRead, refuses_the_wrong_kind_of_value) {
  EXPECT_THAT(refusal("gps_num: [1]"), HasSubstr("found a list"));
  EXPECT_THAT(refusal("gps_num: {a: 1}"), HasSubstr("found a group of keys"));
  EXPECT_THAT(refusal("gps_num: null"), HasSubstr("found null"));
  EXPECT_THAT(refusal("name: [a]"), HasSubstr("expected text, found a list"));
  EXPECT_THAT(refusal("factors: 5"), HasSubstr("expected a list such as"));
  EXPECT_THAT(refusal("factors: [[1]]"), HasSubstr("factors[0]: expected a number, found a list"));
  EXPECT_THAT(refusal("words: null"), HasSubstr("expected a list"));
}

TEST(ConfigRead, refuses_text_that_is_only_nearly_a_number) {
  for (const char* text :
       {"1.5", "1e3", "0x10", "1_000", "12a", "\"12\"", "99999999999999999999", "+-1", "''"}) {
    EXPECT_THAT(refusal(std::string("gps_num: ") + text), HasSubstr("expected an integer")) << text;
  }
  for (const char* text : {"nan", ".inf", "inf", "1,5", "0x1p3", "1e999", "\"1\""}) {
    EXPECT_THAT(refusal(std::string("lr: ") + text), HasSubstr("expected a number")) << text;
  }
  EXPECT_THAT(refusal("workers: 3000000000"), HasSubstr("[0, 2147483647]"));
}

TEST(ConfigSet, takes_values_as_people_type_them) {
  EXPECT_EQ(read_set("gps_num", "64").gps_num, 64);
  EXPECT_EQ(read_set("name", "a: *b").name, "a: *b");
  EXPECT_EQ(read_set("name", "").name, "");
  EXPECT_EQ(read_set("name", "\"quoted\\n\"").name, "quoted\n");
  EXPECT_TRUE(read_set("flag", "1").flag);
  EXPECT_THAT(read_set("nested.size", "16,32").nested.size, ElementsAre(16, 32));
  EXPECT_THAT(read_set("nested.size", "[16, 32]").nested.size, ElementsAre(16, 32));
  EXPECT_THAT(read_set("nested", "{size: [8, 9]}").nested.size, ElementsAre(8, 9));
  EXPECT_THAT(read_set("words", "one").words, ElementsAre("one"));
  EXPECT_TRUE(read_set("factors", "").factors.empty());
  for (const char* nothing : {"", "none", "null", "~"}) {
    EXPECT_EQ(read_set("limit", nothing).limit, std::nullopt) << nothing;
  }
}

TEST(ConfigSet, complains_with_what_the_user_wrote) {
  EXPECT_EQ(set_refusal("limit", "11"),
            "--set limit: limit: expected an integer <= 10, found \"11\"");
  EXPECT_THAT(set_refusal("nested.size", "[1,"), HasSubstr("is a bracket left open?"));
  EXPECT_THAT(set_refusal("", "5"), HasSubstr("expected a key such as group.name"));
  EXPECT_THAT(set_refusal("a..b", "5"), HasSubstr("found \"a..b\""));
}

class ConfigLayers : public testing::Test {
 protected:
  void TearDown() override {
    for (const char* name : {"GPST_GPS_NUM", "GPST_NESTED_SIZE", "GPST_M_NESTED_SIZE"}) {
      ::unsetenv(name);
    }
  }
};

TEST_F(ConfigLayers, later_layers_win) {
  EveryOption options;
  Config config = Config::from_yaml_text("gps_num: 1\nname: yaml\n", "x.yaml");
  config.read("", options);
  EXPECT_EQ(options.gps_num, 1);

  ::setenv("GPST_GPS_NUM", "2", 1);
  ::setenv("GPST_NESTED_SIZE", "3,4", 1);
  config.apply_environment();
  config.read("", options);
  EXPECT_EQ(options.gps_num, 2);
  EXPECT_EQ(options.name, "yaml");
  EXPECT_THAT(options.nested.size, ElementsAre(3, 4));
  EXPECT_EQ(config.origin("gps_num"), "environment variable GPST_GPS_NUM");
  EXPECT_TRUE(config.has("nested.size"));

  config.set("gps_num", "3", "--tokens");
  config.read("", options);
  EXPECT_EQ(options.gps_num, 3);
  EXPECT_EQ(config.origin("gps_num"), "--tokens");

  config.merge_under("", Config::from_yaml_text("gps_num: 4\nname: late\n", "y.yaml"));
  config.read("", options);
  EXPECT_EQ(options.gps_num, 3) << "an option stays above files whatever the order";
  EXPECT_EQ(options.name, "late");
}

TEST_F(ConfigLayers, a_wrong_variable_is_named) {
  ::setenv("GPST_GPS_NUM", "many", 1);
  Config config;
  config.apply_environment();
  EveryOption options;
  EXPECT_THAT(message_of<ConfigError>([&] { config.read("", options); }),
              HasSubstr("environment variable GPST_GPS_NUM: gps_num: expected an integer"));
}

TEST_F(ConfigLayers, an_empty_variable_is_absent) {
  ::setenv("GPST_GPS_NUM", "", 1);
  Config config;
  config.apply_environment();
  EXPECT_FALSE(config.has("gps_num"));
}

TEST_F(ConfigLayers, subtree_and_merge_keep_layers_and_full_names) {
  ::setenv("GPST_M_NESTED_SIZE", "5,6", 1);
  Config config = Config::from_yaml_text("m:\n  gps_num: x\n  nested: {weight: 1}\n", "x.yaml");
  config.apply_environment();
  const Config part = config.subtree("m");
  EveryOption options;
  EXPECT_EQ(message_of<ConfigError>([&] { part.read("", options); }),
            "x.yaml:2: m.gps_num: expected an integer in [1, 100000], found \"x\"");
  NestedOptions nested;
  part.read("nested", nested);
  EXPECT_THAT(nested.size, ElementsAre(5, 6));
  EXPECT_EQ(nested.weight, 1.0);

  Config outer;
  outer.merge_under("a.b", part);
  NestedOptions again;
  outer.read("a.b.nested", again);
  EXPECT_THAT(again.size, ElementsAre(5, 6));
  EXPECT_EQ(again.weight, 1.0);
  EXPECT_EQ(config.subtree("none").to_yaml(), "");
  EXPECT_THAT(message_of<ConfigError>([&] { config.subtree("m.gps_num"); }),
              HasSubstr("m.gps_num: expected a group of keys, found \"x\""));
}

}  // namespace
}  // namespace gpst
