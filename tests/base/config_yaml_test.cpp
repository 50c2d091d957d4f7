#include <gtest/gtest.h>

#include "base/config.h"
#include "base/error.h"
#include "tests/base/folder_fixture.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string refusal(const std::string& text) {
  return message_of<ConfigError>([&] { Config::from_yaml_text(text, "x.yaml"); });
}

TEST(ConfigYaml, knows_where_every_value_stands) {
  const Config config = Config::from_yaml_text("a:\n  b: 1\n  c: [1,\n    2]\nd: x\n", "x.yaml");
  EXPECT_EQ(config.origin("a.b"), "x.yaml:2");
  EXPECT_EQ(config.origin("a.c"), "x.yaml:3");
  EXPECT_EQ(config.origin("d"), "x.yaml:5");
  EXPECT_EQ(config.origin("a.x"), "default");
  EXPECT_TRUE(config.has("a"));
  EXPECT_FALSE(config.has("a.b.c"));
}

TEST(ConfigYaml, an_empty_document_is_an_empty_configuration) {
  for (const char* text : {"", "\n", "# only a comment\n", "---\n", "{}"}) {
    EXPECT_EQ(Config::from_yaml_text(text, "x.yaml").to_yaml(), "") << text;
  }
}

TEST(ConfigYaml, refuses_what_could_mean_two_things) {
  EXPECT_THAT(refusal("a: 1\nb:\n  c: 1\n  c: 2\n"),
              AllOf(StartsWith("x.yaml:4: c: the key stands twice"), HasSubstr("x.yaml:3")));
  EXPECT_THAT(refusal("a: 1\n---\nb: 2\n"), HasSubstr("expected one YAML document"));
  EXPECT_THAT(refusal("a: !!int 5\n"), AllOf(StartsWith("x.yaml:1: "), HasSubstr("tags")));
  EXPECT_THAT(refusal("a.b: 5\n"), HasSubstr("a dot separates groups"));
  EXPECT_THAT(refusal("? [1, 2]\n: 5\n"), HasSubstr("expected a key that is text"));
  EXPECT_THAT(refusal("? \n: 5\n"), HasSubstr("expected a key that is text"));
  EXPECT_THAT(refusal("just text"), AllOf(StartsWith("x.yaml:1: "), HasSubstr("expected keys")));
  EXPECT_THAT(refusal("- a\n- b\n"), HasSubstr("expected keys with values, found a list"));
}

TEST(ConfigYaml, refuses_bombs_before_they_grow) {
  EXPECT_THAT(refusal("a: &x [1, 1]\nb: [*x, *x]\n"), HasSubstr("aliases"));
  const auto nested = [](std::size_t n) {
    return "a: " + std::string(n, '[') + std::string(n, ']');
  };
  EXPECT_NO_THROW(Config::from_yaml_text(nested(31), "x.yaml"));
  EXPECT_THAT(refusal(nested(32)), HasSubstr("at most 32 levels"));
  EXPECT_THAT(refusal(nested(100000)), StartsWith("x.yaml:1: "));
  EXPECT_THAT(refusal("a: " + std::string(100000, '{')), StartsWith("x.yaml:1: "));
  EXPECT_THAT(refusal(std::string((4U << 20) + 1, ' ')), HasSubstr("at most 4194304 bytes"));
}

TEST(ConfigYaml, names_the_line_of_broken_syntax) {
  EXPECT_THAT(refusal("a: 1\nb: [1, 2\nc: 3\n"), AllOf(StartsWith("x.yaml:"), HasSubstr("YAML")));
  EXPECT_THAT(refusal("a: \"open\n"), HasSubstr("not valid YAML"));
  EXPECT_THAT(refusal("a: 'open"), HasSubstr("not valid YAML"));
  EXPECT_THAT(refusal("a: b: c\n"), StartsWith("x.yaml:1: not valid YAML"));
}

TEST(ConfigYaml, written_text_reads_back_as_the_same_tree) {
  const std::string text =
      "a:\n"
      "  number: 5.0e-05\n"
      "  text: \"5\"\n"
      "  truth: false\n"
      "  nothing: null\n"
      "  list: [1, [x, \"y: z\"], {k: v}]\n"
      "  \"odd key\": \"line\\x0aend \\\"q\\\" \\\\ \xC3\xA9\"\n"
      "empty: {}\n"
      "none: []\n"
      "path: /tmp/x-1.png\n"
      "dash: \"-x\"\n";
  const std::string once = Config::from_yaml_text(text, "x").to_yaml();
  EXPECT_EQ(once, text);
  EXPECT_EQ(Config::from_yaml_text(once, "x").to_yaml(), once);
}

class ConfigFile : public FolderFixture {};

TEST_F(ConfigFile, is_named_in_messages) {
  put(path("c.yaml"), "a: 1\r\nb: [\r\n");
  EXPECT_THAT(message_of<ConfigError>([&] { Config::from_yaml_file(path("c.yaml")); }),
              StartsWith(path("c.yaml") + ":"));
  EXPECT_THROW(Config::from_yaml_file(path("none.yaml")), IoError);
  put(path("d.yaml"),
      "\xEF\xBB\xBF"
      "a: 1\r\nb: 2\r\n");
  const Config config = Config::from_yaml_file(path("d.yaml"));
  EXPECT_EQ(config.to_yaml(), "a: 1\nb: 2\n");
}

}  // namespace
}  // namespace gpst
