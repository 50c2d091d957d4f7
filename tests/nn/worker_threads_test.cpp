#include "nn/worker_threads.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <array>

namespace gpst {
namespace {

TEST(WorkerThreads, every_worker_computes_with_one_thread) {
  const int before = at::get_num_threads();
  at::set_num_threads(3);
  for (const int threads : {1, 2}) {
    std::array<int, 8> seen{};
    for_each_on_workers(
        8, threads, [&](int64_t i, int) { seen[static_cast<size_t>(i)] = at::get_num_threads(); });
    for (const int count : seen) EXPECT_EQ(count, 1);
  }
  EXPECT_EQ(at::get_num_threads(), 3);
  at::set_num_threads(before);
}

}  // namespace
}  // namespace gpst
