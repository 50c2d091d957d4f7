#include "flow/guidance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "flow/sample.h"

namespace gpst {
namespace {

// A net whose rows with class answer 3, those without 1, for `rows` pictures.
FunctionField net_of(int64_t rows) {
  return FunctionField([rows](const at::Tensor& x, float) {
    at::Tensor out = at::full_like(x, 3);
    if (x.size(0) > rows) out.narrow(0, rows, rows).fill_(1);
    return out;
  });
}

TEST(Guidance, ActsInsideTheIntervalAndOnItsEnds) {
  const Guidance guidance{.scale = 1.5, .low = 200, .high = 900};
  EXPECT_TRUE(guidance.active(0.2f));
  EXPECT_TRUE(guidance.active(0.9f));
  EXPECT_FALSE(guidance.active(std::nextafter(0.2f, 0.0f)));
  EXPECT_FALSE(guidance.active(std::nextafter(0.9f, 1.0f)));
}

TEST(Guidance, MixesBothAnswers) {
  FunctionField net = net_of(2);
  GuidedField field(net, {.scale = 2, .low = 200, .high = 1000});
  const at::Tensor x = at::zeros({2, 3, 4, 1});
  EXPECT_TRUE(field.evaluate(x, 0.5f).equal(at::full_like(x, 5)));  // 1 + 2 (3 - 1)
  EXPECT_TRUE(field.evaluate(x, 0.1f).equal(at::full_like(x, 3)));
}

TEST(Guidance, LeavesTheOtherChannelsToTheClass) {
  FunctionField net = net_of(2);
  const at::Tensor x = at::zeros({2, 3, 4, 1});
  for (const int64_t channels : {1, 2, 3}) {
    GuidedField field(net, {.scale = 2, .low = 200, .high = 1000, .channels = channels});
    at::Tensor expected = at::full_like(x, 3);
    expected.narrow(1, 0, channels).fill_(5);
    EXPECT_TRUE(field.evaluate(x, 0.5f).equal(expected)) << channels;
    EXPECT_TRUE(field.evaluate(x, 0.1f).equal(at::full_like(x, 3)));
  }
}

TEST(Guidance, RefusesMoreChannelsThanTheNetHas) {
  SamplingOptions options;
  options.cfg_channels = 4;
  EXPECT_NO_THROW(options.check_for(4));
  EXPECT_THROW(options.check_for(3), ConfigError);
  FunctionField net = net_of(1);
  PhiloxNoise noise(0, {0});
  EXPECT_THROW(sample_flow(net, noise, {1, 3, 4, 1}, {}, options), ConfigError);
  EXPECT_EQ(rows_per_picture({}, options), 448);
}

TEST(Guidance, ComputesOnlyRowsThatMatter) {
  FunctionField net = net_of(2);
  CountingField counter(net);
  GuidedField field(counter, {.scale = 2, .low = 200, .high = 1000});
  const at::Tensor x = at::zeros({2, 3, 4, 1});
  field.evaluate(x, 0.1f);
  EXPECT_EQ(counter.rows(), 2);
  field.evaluate(x, 0.3f);
  EXPECT_EQ(counter.rows(), 6);
  GuidedField unguided(counter, {.scale = 1, .low = 0, .high = 1000});
  unguided.evaluate(x, 0.3f);
  EXPECT_EQ(counter.rows(), 8);
}

TEST(Guidance, PublishedSettingsTake448Rows) {
  EXPECT_EQ(rows_per_picture({}, {}), 448);
  SamplingOptions euler;
  euler.solver = Solver::euler;
  euler.steps = 6;
  euler.cfg = 1;
  EXPECT_EQ(rows_per_picture({}, euler), 5);
  euler.solver = Solver::dopri5;
  EXPECT_THROW(rows_per_picture({}, euler), ConfigError);
}

}  // namespace
}  // namespace gpst
