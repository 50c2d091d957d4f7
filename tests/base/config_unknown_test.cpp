#include <gtest/gtest.h>

#include "base/config.h"
#include "base/error.h"
#include "tests/base/options.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using testing::ElementsAre;

void check(const std::string& yaml, std::vector<std::string> more = {}) {
  std::vector<std::string> known = known_keys<EveryOption>("gpsconfig");
  known.insert(known.end(), more.begin(), more.end());
  Config::from_yaml_text(yaml, "configs/x.yaml").reject_unknown(known);
}

std::string refusal(const std::string& yaml) {
  return message_of<ConfigError>([&] { check(yaml); });
}

TEST(UnknownKeys, accepts_known_ones_and_empty_groups) {
  EXPECT_NO_THROW(check("gpsconfig:\n  gps_num: 5\n  nested:\n    size: [1, 2]\n"));
  EXPECT_NO_THROW(check("gpsconfig:\n"));
  EXPECT_NO_THROW(check(""));
}

TEST(UnknownKeys, names_the_nearest_key_of_the_group) {
  EXPECT_EQ(refusal("gpsconfig:\n  gps_numm: 5\n"),
            "configs/x.yaml:2: gpsconfig.gps_numm: unknown key; did you mean gps_num?");
  EXPECT_EQ(refusal("gpsconfg:\n  gps_num: 5\n"),
            "configs/x.yaml:2: gpsconfg: unknown key; did you mean gpsconfig?");
  EXPECT_EQ(refusal("gpsconfig:\n  nested:\n    sizes: 5\n"),
            "configs/x.yaml:3: gpsconfig.nested.sizes: unknown key; did you mean size?");
}

TEST(UnknownKeys, finds_the_group_a_key_belongs_to) {
  EXPECT_EQ(refusal("gps_num: 5\n"),
            "configs/x.yaml:1: gps_num: unknown key; did you mean gpsconfig.gps_num?");
}

TEST(UnknownKeys, says_no_more_when_nothing_is_near) {
  EXPECT_EQ(refusal("zebra: 5\n"), "configs/x.yaml:1: zebra: unknown key");
}

TEST(UnknownKeys, a_value_cannot_stand_for_a_group) {
  EXPECT_EQ(refusal("gpsconfig: 5\n"),
            "configs/x.yaml:1: gpsconfig: expected a group of keys, found \"5\"");
}

TEST(UnknownKeys, a_star_frees_a_group) {
  EXPECT_NO_THROW(check("data:\n  params: {anything: [1]}\n", {"data.params.*"}));
  EXPECT_THROW(check("data:\n  other: 1\n", {"data.params.*"}), ConfigError);
}

TEST(KnownKeys, lists_fields_in_order_under_the_prefix) {
  EXPECT_THAT(known_keys<NestedOptions>("a.b"), ElementsAre("a.b.size", "a.b.weight"));
  EXPECT_THAT(known_keys("", NestedOptions{}), ElementsAre("size", "weight"));
}

}  // namespace
}  // namespace gpst
