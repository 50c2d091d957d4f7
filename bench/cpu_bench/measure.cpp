#include "bench/cpu_bench/measure.h"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "base/system.h"
#include "nn/worker_threads.h"

namespace gpst::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

Measured measure(const Row& row, double at_least) {
  forget_peak_memory();
  const std::function<void()> run = row.prepare();
  const auto run_all = [&] {
    if (row.copies == 1) return run();
    for_each_on_workers(row.copies, row.copies, [&](int64_t, int) { run(); });
  };
  run_all();
  Measured result{.seconds = 1e30, .cpu_seconds = 1e30, .products = count_products(run_all)};
  const Clock::time_point start = Clock::now();
  do {
    const Clock::time_point begin = Clock::now();
    const double cpu_before = cpu_seconds();
    run_all();
    result.seconds = std::min(result.seconds, seconds_since(begin));
    result.cpu_seconds = std::min(result.cpu_seconds, cpu_seconds() - cpu_before);
  } while (seconds_since(start) < at_least);
  result.peak_mib = static_cast<double>(peak_memory_bytes()) / (1 << 20);
  return result;
}

}  // namespace gpst::bench
