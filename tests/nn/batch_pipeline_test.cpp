#include "nn/batch_pipeline.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>

namespace gpst {
namespace {

BatchPipeline<int64_t, int64_t> doubling(std::vector<int64_t>& results) {
  return {.load = [](int64_t i) { return 10 * i; },
          .start =
              [](std::span<const int64_t> loaded) {
                return [loaded] {
                  std::vector<int64_t> made;
                  for (const int64_t value : loaded) made.push_back(2 * value);
                  return made;
                };
              },
          .finish = [&results](
                        int64_t i, const int64_t& loaded,
                        const int64_t& made) { results[static_cast<size_t>(i)] = loaded + made; }};
}

TEST(BatchPipeline, EveryPictureGoesThroughAllStationsOnce) {
  for (const int64_t batch : {1, 3, 7, 100}) {
    for (const int threads : {1, 4}) {
      std::vector<int64_t> results(25, -1);
      run_pipeline(doubling(results), {.count = 25, .batch = batch, .threads = threads});
      for (int64_t i = 0; i < 25; ++i) EXPECT_EQ(results[static_cast<size_t>(i)], 30 * i);
    }
  }
}

TEST(BatchPipeline, BatchesAreFullExceptTheLast) {
  std::vector<int64_t> results(8, 0);
  auto pipeline = doubling(results);
  std::vector<size_t> sizes;
  pipeline.start = [&, inner = pipeline.start](std::span<const int64_t> loaded) {
    sizes.push_back(loaded.size());
    return inner(loaded);
  };
  run_pipeline(pipeline, {.count = 8, .batch = 3, .threads = 2});
  EXPECT_EQ(sizes, (std::vector<size_t>{3, 3, 2}));
}

TEST(BatchPipeline, NothingToDoCallsNothing) {
  std::vector<int64_t> results;
  run_pipeline(doubling(results), {.count = 0, .batch = 3, .threads = 2});
}

TEST(BatchPipeline, OnlySomeBatchesAreLoadedAhead) {
  std::vector<int64_t> results(100, 0);
  auto pipeline = doubling(results);
  std::atomic<int64_t> loads = 0;
  pipeline.load = [&](int64_t i) {
    ++loads;
    return i;
  };
  int64_t computed = 0;
  pipeline.start = [&](std::span<const int64_t> loaded) {
    EXPECT_LE(loads, computed + 3 * 10);
    computed += static_cast<int64_t>(loaded.size());
    return [loaded] { return std::vector<int64_t>(loaded.begin(), loaded.end()); };
  };
  run_pipeline(pipeline, {.count = 100, .batch = 10, .threads = 4});
  EXPECT_EQ(computed, 100);
}

TEST(BatchPipeline, AnErrorOfAnyStationIsThrown) {
  for (const int station : {0, 1, 2, 3}) {
    std::vector<int64_t> results(20, 0);
    auto pipeline = doubling(results);
    const auto fail = [] { throw std::runtime_error("broken"); };
    if (station == 0) {
      pipeline.load = [=](int64_t i) {
        if (i == 11) fail();
        return i;
      };
    } else if (station == 1) {
      pipeline.start = [=](std::span<const int64_t>) {
        fail();
        return [] { return std::vector<int64_t>{}; };
      };
    } else if (station == 2) {
      pipeline.start = [=](std::span<const int64_t>) {
        return [=] {
          fail();
          return std::vector<int64_t>{};
        };
      };
    } else {
      pipeline.finish = [=](int64_t i, const int64_t&, const int64_t&) {
        if (i == 11) fail();
      };
    }
    EXPECT_THROW(run_pipeline(pipeline, {.count = 20, .batch = 4, .threads = 3}),
                 std::runtime_error)
        << "station " << station;
  }
}

TEST(BatchPipeline, ABatchIsStartedBeforeTheLastOneIsWaitedFor) {
  std::vector<int64_t> results(9, 0);
  auto pipeline = doubling(results);
  std::string order;
  pipeline.start = [&](std::span<const int64_t> loaded) {
    const char name = static_cast<char>('a' + loaded.front() / 30);
    order += name;
    return [&order, name, loaded] {
      order += static_cast<char>(name - 'a' + 'A');
      return std::vector<int64_t>(loaded.begin(), loaded.end());
    };
  };
  run_pipeline(pipeline, {.count = 9, .batch = 3, .threads = 2});
  EXPECT_EQ(order, "abAcBC");
}

TEST(WorkerPool, JobsGiveResultsAndErrors) {
  WorkerPool pool(2);
  auto good = pool.submit([] { return 7; });
  auto bad = pool.submit([]() -> int { throw std::runtime_error("broken"); });
  EXPECT_EQ(good.get(), 7);
  EXPECT_THROW(bad.get(), std::runtime_error);
}

}  // namespace
}  // namespace gpst
