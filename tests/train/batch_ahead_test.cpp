#include "train/batch_ahead.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace gpst {
namespace {

// What was made, in numbers of first examples.
class Recorder {
 public:
  std::vector<int64_t> make(const BatchPart& part) {
    const std::lock_guard lock(mutex_);
    made_.push_back(part.first);
    std::vector<int64_t> numbers;
    for (int64_t i = 0; i < part.count; ++i) numbers.push_back(part.first + i);
    return numbers;
  }
  std::vector<int64_t> made() {
    const std::lock_guard lock(mutex_);
    return made_;
  }

 private:
  std::mutex mutex_;
  std::vector<int64_t> made_;
};

using Numbers = std::vector<int64_t>;

TEST(BatchAhead, GivesEveryPartItsBatchAndMakesItOnce) {
  Recorder recorder;
  {
    BatchAhead<Numbers> ahead([&](const BatchPart& part) { return recorder.make(part); }, 2);
    EXPECT_EQ(ahead.take({.step = 1, .first = 0, .count = 2}), (Numbers{0, 1}));
    EXPECT_EQ(ahead.take({.step = 2, .first = 2, .count = 2}), (Numbers{2, 3}));
    EXPECT_EQ(ahead.take({.step = 3, .first = 4, .count = 2}), (Numbers{4, 5}));
  }
  EXPECT_EQ(recorder.made(), (Numbers{0, 2, 4, 6}));
}

// Workers' parts of different sizes, taken in any order from several threads.
TEST(BatchAhead, EveryWorkerHasItsOwnPartMadeAhead) {
  Recorder recorder;
  {
    BatchAhead<Numbers> ahead([&](const BatchPart& part) { return recorder.make(part); }, 5);
    for (int64_t step = 1; step <= 20; ++step) {
      const int64_t first = (step - 1) * 5;
      const std::vector<BatchPart> parts = {{.step = step, .first = first, .count = 1},
                                            {.step = step, .first = first + 1, .count = 2},
                                            {.step = step, .first = first + 3, .count = 2}};
      std::vector<std::future<Numbers>> taken;
      for (const BatchPart& part : parts) {
        taken.push_back(std::async(std::launch::async, [&, part] { return ahead.take(part); }));
      }
      EXPECT_EQ(taken[0].get(), Numbers{first});
      EXPECT_EQ(taken[1].get(), (Numbers{first + 1, first + 2}));
      EXPECT_EQ(taken[2].get(), (Numbers{first + 3, first + 4}));
    }
  }
  EXPECT_EQ(recorder.made().size(), 3U * 21) << "made twice, or not ahead";
}

TEST(BatchAhead, APartThatDoesNotFollowIsMadeAtOnce) {
  Recorder recorder;
  {
    BatchAhead<Numbers> ahead([&](const BatchPart& part) { return recorder.make(part); }, 2);
    ahead.take({.step = 1, .first = 0, .count = 2});
    EXPECT_EQ(ahead.take({.step = 9, .first = 16, .count = 2}), (Numbers{16, 17}));
    EXPECT_EQ(ahead.take({.step = 10, .first = 18, .count = 2}), (Numbers{18, 19}));
    EXPECT_EQ(ahead.take({.step = 11, .first = 20, .count = 1}), Numbers{20}) << "shorter";
  }
  EXPECT_EQ(recorder.made().size(), 7U);
}

TEST(BatchAhead, SaysForHowLongItHasKeptItsCallers) {
  using std::chrono::milliseconds;
  BatchAhead<Numbers> ahead(
      [](const BatchPart& part) {
        std::this_thread::sleep_for(milliseconds(20));
        return Numbers{part.first};
      },
      1);
  ahead.take({.step = 1, .first = 0, .count = 1});
  const double first = ahead.waited_seconds();
  EXPECT_GE(first, 0.02);
  std::this_thread::sleep_for(milliseconds(200));  // a long step
  ahead.take({.step = 2, .first = 1, .count = 1});
  EXPECT_LT(ahead.waited_seconds() - first, 0.02);
}

TEST(BatchAhead, AnErrorComesWithItsOwnPart) {
  BatchAhead<Numbers> ahead(
      [](const BatchPart& part) -> Numbers {
        if (part.first >= 2) throw std::runtime_error("no such example");
        return {part.first};
      },
      2);
  EXPECT_EQ(ahead.take({.step = 1, .first = 0, .count = 2}), Numbers{0});
  EXPECT_THROW(ahead.take({.step = 2, .first = 2, .count = 2}), std::runtime_error);
}

}  // namespace
}  // namespace gpst
