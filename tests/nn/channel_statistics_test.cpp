#include "nn/channel_statistics.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace gpst {
namespace {

TEST(ChannelStatistics, AccumulatedInPartsAreThoseOfTheWhole) {
  at::manual_seed(3);
  const at::Tensor values = at::randn({6, 5, 3}) * 2 + 1000;
  ChannelAccumulator whole(3), first(3), second(3);
  whole.add(values);
  first.add(values.narrow(0, 0, 2));
  second.add(values.narrow(0, 2, 1));
  second.add(values.narrow(0, 3, 3));
  first.merge(second);
  EXPECT_EQ(first.count(), 30);
  const at::Tensor rows = values.to(at::kDouble).view({30, 3});
  for (int64_t c = 0; c < 3; ++c) {
    const auto i = static_cast<size_t>(c);
    const at::Tensor column = rows.select(1, c);
    EXPECT_NEAR(first.statistics().mean[i], column.mean().item<double>(), 1e-9);
    EXPECT_NEAR(first.statistics().std[i], column.std(false).item<double>(), 1e-9);
    EXPECT_NEAR(whole.statistics().std[i], first.statistics().std[i], 1e-9);
  }
}

TEST(ChannelStatistics, AConstantChannelKeepsItsUnits) {
  ChannelAccumulator accumulator(2);
  accumulator.add(at::tensor({0.3, 1.0, 0.3, 2.0}).view({2, 2}));
  EXPECT_EQ(accumulator.statistics().std[0], 1);
  EXPECT_EQ(accumulator.statistics().std[1], 0.5);
}

TEST(ChannelStatistics, StandardiseAndRestore) {
  const ChannelStatistics statistics{.mean = {1, -2}, .std = {2, 0.5}};
  const at::Tensor values = at::tensor({3.0, -2.0}).to(at::kFloat).view({1, 1, 2});
  const at::Tensor z = at::tensor({1.0, 0.0}).to(at::kFloat).view({1, 1, 2});
  EXPECT_TRUE(statistics.standardise(values).equal(z));
  EXPECT_TRUE(statistics.restore(z).equal(values));
}

TEST(ChannelStatistics, RefuseWhatCannotBeRight) {
  EXPECT_THROW((ChannelStatistics{.mean = {1}, .std = {1}}.check(2, "test")), ConfigError);
  EXPECT_THROW((ChannelStatistics{.mean = {1}, .std = {0}}.check(1, "test")), ConfigError);
  EXPECT_THROW((ChannelStatistics{.mean = {NAN}, .std = {1}}.check(1, "test")), ConfigError);
  EXPECT_NO_THROW((ChannelStatistics{.mean = {1}, .std = {1}}.check(1, "test")));
  EXPECT_THROW(ChannelAccumulator(2).statistics(), InputError);
}

}  // namespace
}  // namespace gpst
