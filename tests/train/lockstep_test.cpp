#include "train/lockstep.h"

#include <gtest/gtest.h>

#include <csignal>

#include "base/error.h"
#include "tests/support/together.h"

namespace gpst {
namespace {

TEST(Lockstep, alone_nothing_happens) {
  const Lockstep alone(nullptr);
  EXPECT_TRUE(alone.first());
  EXPECT_EQ(alone.share_of(7).first, 0);
  EXPECT_EQ(alone.share_of(7).count, 7);
  EXPECT_EQ(alone.answer_of_first(5), 5);
  alone.agree("it", "x", "y");
  alone.agree_on_signal(0);
}

TEST(Lockstep, a_batch_is_dealt_out_whole) {
  std::vector<Lockstep::Share> shares(3);
  run_together(3, [&](ProcessGroup& group) {
    shares[static_cast<size_t>(group.rank())] = Lockstep(&group).share_of(7);
  });
  int64_t next = 0;
  for (const Lockstep::Share& share : shares) {
    EXPECT_EQ(share.first, next);
    EXPECT_GE(share.count, 2);
    next += share.count;
  }
  EXPECT_EQ(next, 7);
}

TEST(Lockstep, a_process_without_examples_is_refused) {
  run_together(
      3, [](ProcessGroup& group) { EXPECT_THROW(Lockstep(&group).share_of(2), ConfigError); });
}

TEST(Lockstep, all_learn_who_differs) {
  run_together(4, [](ProcessGroup& group) {
    const Lockstep lockstep(&group);
    lockstep.agree("the weather", "sunny", "wait");
    try {
      lockstep.agree("the weather", group.rank() % 2 == 0 ? "sunny" : "rain", "wait");
      FAIL();
    } catch (const ConfigError& error) {
      EXPECT_STREQ(error.what(),
                   "the weather differs between processes (of rank 1, 3 and of rank 0): wait");
    }
  });
}

TEST(Lockstep, a_signal_to_one_is_a_signal_to_all) {
  run_together(3, [](ProcessGroup& group) {
    const Lockstep lockstep(&group);
    lockstep.agree_on_signal(0);
    try {
      lockstep.agree_on_signal(group.rank() == 1 ? SIGTERM : 0);
      FAIL();
    } catch (const Interrupted& interrupted) {
      EXPECT_EQ(interrupted.signal_number(), SIGTERM);
    }
  });
}

TEST(Lockstep, sums_loss_and_metrics) {
  run_together(2, [](ProcessGroup& group) {
    double loss = group.rank() + 1;
    Metrics metrics = {{"a", 0.5}, {"b", group.rank()}};
    Lockstep(&group).sum(loss, metrics);
    EXPECT_EQ(loss, 3);
    EXPECT_EQ(metrics, (Metrics{{"a", 1}, {"b", 1}}));
  });
}

TEST(Lockstep, takes_over_the_answer_of_the_first) {
  run_together(3, [](ProcessGroup& group) {
    EXPECT_EQ(Lockstep(&group).answer_of_first(10 + group.rank()), 10);
  });
}

}  // namespace
}  // namespace gpst
