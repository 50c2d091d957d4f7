#include "train/batch_ahead.h"

#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>
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
    BatchAhead<Numbers> ahead([&](const BatchPart& part) { return recorder.make(part); });
    EXPECT_EQ(ahead.take({.step = 1, .first = 0, .count = 2}), (Numbers{0, 1}));
    EXPECT_EQ(ahead.take({.step = 2, .first = 2, .count = 2}), (Numbers{2, 3}));
    EXPECT_EQ(ahead.take({.step = 3, .first = 4, .count = 2}), (Numbers{4, 5}));
  }
  EXPECT_EQ(recorder.made(), (Numbers{0, 2, 4, 6}));
}

TEST(BatchAhead, APartThatDoesNotFollowIsMadeAtOnce) {
  Recorder recorder;
  BatchAhead<Numbers> ahead([&](const BatchPart& part) { return recorder.make(part); });
  ahead.take({.step = 1, .first = 0, .count = 2});
  EXPECT_EQ(ahead.take({.step = 9, .first = 16, .count = 3}), (Numbers{16, 17, 18}));
  EXPECT_EQ(ahead.take({.step = 10, .first = 19, .count = 2}), (Numbers{19, 20}));
}

TEST(BatchAhead, AnErrorComesWithItsOwnPart) {
  BatchAhead<Numbers> ahead([](const BatchPart& part) -> Numbers {
    if (part.first >= 2) throw std::runtime_error("no such example");
    return {part.first};
  });
  EXPECT_EQ(ahead.take({.step = 1, .first = 0, .count = 2}), Numbers{0});
  EXPECT_THROW(ahead.take({.step = 2, .first = 2, .count = 2}), std::runtime_error);
}

}  // namespace
}  // namespace gpst
