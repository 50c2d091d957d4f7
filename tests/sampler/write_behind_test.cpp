#include "sampler/write_behind.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace gpst {
namespace {

TEST(WriteBehind, DoesEveryJobInOrder) {
  std::vector<int> done;
  WriteBehind writing(1);
  for (int i = 0; i < 20; ++i) writing.add([&done, i] { done.push_back(i); });
  writing.finish();
  ASSERT_EQ(done.size(), 20U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(done[static_cast<size_t>(i)], i);
}

TEST(WriteBehind, WaitsWhileAsManyAsThreadsAreUnderWay) {
  std::promise<void> go;
  const std::shared_future<void> released = go.get_future().share();
  std::atomic<int> added = 0;
  WriteBehind writing(2);
  std::jthread worker([&] {
    for (int i = 0; i < 3; ++i) {
      writing.add([released] { released.wait(); });
      ++added;
    }
  });
  while (added < 2) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(added, 2);
  go.set_value();
  worker.join();
  writing.finish();
  EXPECT_EQ(added, 3);
}

TEST(WriteBehind, AnErrorComesBackToTheNextJobAndTheEnd) {
  WriteBehind writing(1);
  writing.add([] { throw std::runtime_error("disk"); });
  EXPECT_THROW(writing.finish(), std::runtime_error);
  bool done = false;
  EXPECT_THROW(writing.add([&done] { done = true; }), std::runtime_error);
  EXPECT_THROW(writing.finish(), std::runtime_error);
  EXPECT_FALSE(done);
}

TEST(WriteBehind, WhatWasAddedIsDoneWhenItsOwnerLeavesWithAnError) {
  std::atomic<int> done = 0;
  try {
    WriteBehind writing(2);
    for (int i = 0; i < 4; ++i) {
      writing.add([&done] {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        ++done;
      });
    }
    throw std::runtime_error("interrupted");
  } catch (const std::runtime_error&) {
    EXPECT_EQ(done, 4);
  }
}

}  // namespace
}  // namespace gpst
