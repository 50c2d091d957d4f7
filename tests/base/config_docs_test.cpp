#include "base/config_docs.h"

#include <gtest/gtest.h>

#include "tests/base/options.h"

namespace gpst {
namespace {

TEST(ConfigDocs, describe_tells_type_default_range_and_help) {
  const std::vector<FieldDoc> docs = describe<EveryOption>();
  ASSERT_EQ(docs.size(), 12U);
  const auto text = [](const FieldDoc& d) {
    return d.key + "; " + d.type + "; " + d.default_value + "; " + d.range + "; " + d.help;
  };
  EXPECT_EQ(text(docs[0]), "flag; true or false; false; ; on or off");
  EXPECT_EQ(text(docs[1]), "gps_num; integer; 128; [1, 100000]; Gaussians");
  EXPECT_EQ(text(docs[2]), "workers; integer; 2; [0, 2147483647]; threads");
  EXPECT_EQ(text(docs[3]), "lr; number; 5.0e-05; >= 0; learning rate");
  EXPECT_EQ(text(docs[6]), "path; text; Linear; Linear | GVP; path");
  EXPECT_EQ(text(docs[8]), "words; list of texts; [a, \"true\"]; ; texts");
  EXPECT_EQ(text(docs[9]), "limit; integer or null; 7; <= 10; at most");
  EXPECT_EQ(text(docs[10]), "nested.size; list of integers; [64, 64]; >= 1; two sides");
  EXPECT_EQ(text(docs[11]), "nested.weight; number or null; null; ; of what");
}

TEST(ConfigDocs, resolved_configuration_reads_back_as_the_same_options) {
  EveryOption options;
  options.flag = true;
  options.lr = 0.1 + 0.2;
  options.name = "5: \"x\"\n";
  options.path = PathKind::gvp;
  options.factors = {1, 1e300, -0.5, 1e-300};
  options.limit.reset();
  options.nested.weight = 2;
  const std::string yaml = to_yaml(options);
  EveryOption again;
  Config config = Config::from_yaml_text(yaml, "x");
  config.reject_unknown(known_keys<EveryOption>(""));
  config.read("", again);
  EXPECT_EQ(to_yaml(again), yaml);
  EXPECT_EQ(again.lr, options.lr);
  EXPECT_EQ(again.name, options.name);
  EXPECT_EQ(again.factors, options.factors);
  EXPECT_EQ(again.path, PathKind::gvp);
  EXPECT_EQ(again.limit, std::nullopt);
  EXPECT_EQ(again.nested.weight, 2.0);
}

TEST(ConfigDocs, resolved_configuration_is_plain_yaml) {
  EXPECT_EQ(to_yaml(NestedOptions{}), "size: [64, 64]\nweight: null\n");
  FieldLister lister("model.sub");
  NestedOptions options;
  options.visit(lister);
  EXPECT_EQ(lister.yaml(), "model:\n  sub:\n    size: [64, 64]\n    weight: null\n");
}

}  // namespace
}  // namespace gpst
