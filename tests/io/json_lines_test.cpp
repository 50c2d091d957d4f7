#include "io/json_lines.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/io/support.h"

namespace gpst {
namespace {

using JsonLinesTest = IoTest;

TEST_F(JsonLinesTest, NoLineNoFile) {
  { JsonLinesWriter writer(path("rejects.jsonl")); }
  EXPECT_FALSE(std::filesystem::exists(path("rejects.jsonl")));
}

TEST_F(JsonLinesTest, LinesAreThereAtOnceAndInOrder) {
  JsonLinesWriter writer(path("rejects.jsonl"));
  writer.append({{"path", "a\nb.png"}, {"reason", "too small"}});
  EXPECT_EQ(content_of(path("rejects.jsonl")),
            "{\"path\":\"a\\nb.png\",\"reason\":\"too small\"}\n");
  writer.append({{"path", "c"}});
  const std::vector<nlohmann::json> lines = read_json_lines(path("rejects.jsonl"));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["path"], "a\nb.png");
  EXPECT_EQ(lines[1]["path"], "c");
}

TEST_F(JsonLinesTest, AppendsAfterTheLastCompleteLine) {
  put("a.jsonl", "{\"n\":1}\n{\"n\":2, cut wh");
  ASSERT_EQ(read_json_lines(path("a.jsonl")).size(), 1u);
  JsonLinesWriter(path("a.jsonl")).append({{"n", 3}});
  EXPECT_EQ(content_of(path("a.jsonl")), "{\"n\":1}\n{\"n\":3}\n");
}

TEST_F(JsonLinesTest, BytesThatAreNoTextAreReplaced) {
  JsonLinesWriter(path("a.jsonl")).append({{"path", "\xff.png"}});
  EXPECT_EQ(read_json_lines(path("a.jsonl"))[0]["path"], "\xef\xbf\xbd.png");
}

TEST_F(JsonLinesTest, WrongLinesAreNamed) {
  put("a.jsonl", "{}\nnot json\n");
  expect_contains(input_error_of([&] { read_json_lines(path("a.jsonl")); }), "a.jsonl:2: ");
  put("a.jsonl", "[1]\n");
  expect_contains(input_error_of([&] { read_json_lines(path("a.jsonl")); }), "a.jsonl:1: ");
}

TEST_F(JsonLinesTest, FolderThatIsNotThereIsAnIoError) {
  JsonLinesWriter writer(path("absent/a.jsonl"));
  EXPECT_THROW(writer.append({{"n", 1}}), IoError);
}

}  // namespace
}  // namespace gpst
