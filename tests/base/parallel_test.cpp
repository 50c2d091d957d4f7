#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace gpst {
namespace {

TEST(ParallelFor, visits_every_index_once) {
  for (const int threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> visits(1000);
    std::atomic<bool> wrong_worker{false};
    parallel_for(1000, threads, [&](std::int64_t index, int worker) {
      ++visits[static_cast<std::size_t>(index)];
      if (worker < 0 || worker >= threads) wrong_worker = true;
    });
    for (const auto& count : visits) EXPECT_EQ(count, 1);
    EXPECT_FALSE(wrong_worker);
  }
}

TEST(ParallelFor, one_thread_runs_in_order_on_the_caller) {
  std::vector<std::int64_t> order;
  const auto caller = std::this_thread::get_id();
  parallel_for(20, 1, [&](std::int64_t index, int worker) {
    order.push_back(index);
    EXPECT_EQ(worker, 0);
    EXPECT_EQ(std::this_thread::get_id(), caller);
  });
  for (std::int64_t i = 0; i < 20; ++i) EXPECT_EQ(order.at(static_cast<std::size_t>(i)), i);
}

TEST(ParallelFor, two_calls_really_run_at_the_same_time) {
  std::atomic<int> present{0};
  parallel_for(2, 2, [&](std::int64_t, int) {
    ++present;
    while (present < 2) std::this_thread::yield();
  });
  EXPECT_EQ(present, 2);
}

TEST(ParallelFor, throws_the_first_exception_and_stops) {
  for (const int threads : {1, 4}) {
    std::atomic<int> calls{0};
    const auto body = [&](std::int64_t index, int) {
      ++calls;
      if (index == 10) throw std::runtime_error("number ten");
    };
    try {
      parallel_for(1000000, threads, body);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "number ten");
    }
    EXPECT_LT(calls, 1000000);
  }
}

TEST(ParallelFor, does_nothing_for_no_work) {
  parallel_for(0, 4, [](std::int64_t, int) { ADD_FAILURE(); });
  parallel_for(-3, 4, [](std::int64_t, int) { ADD_FAILURE(); });
}

TEST(ParallelFor, runs_without_a_useful_number_of_threads) {
  int calls = 0;
  parallel_for(3, 0, [&](std::int64_t, int) { ++calls; });
  EXPECT_EQ(calls, 3);
}

TEST(DefaultThreads, is_at_least_one) { EXPECT_GE(default_threads(), 1); }

}  // namespace
}  // namespace gpst
