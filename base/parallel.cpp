#include "base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

#include "base/interrupt.h"

namespace gpst {
namespace {

// Hands out indices and keeps the first exception. One object for one parallel_for.
class Dispenser {
 public:
  Dispenser(std::int64_t count, const std::function<void(std::int64_t, int)>& body)
      : count_(count), body_(body) {}

  void work(int worker) {
    while (!stopped_ && !interrupt_requested()) {
      const std::int64_t index = next_.fetch_add(1);
      if (index >= count_) return;
      try {
        body_(index, worker);
        ++finished_;
      } catch (...) {
        keep(std::current_exception());
      }
    }
  }

  void report() const {
    if (first_) std::rethrow_exception(first_);
    if (finished_ < count_) throw_if_interrupted();
  }

  void keep(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (!first_) first_ = std::move(error);
    stopped_ = true;
  }

 private:
  const std::int64_t count_;
  const std::function<void(std::int64_t, int)>& body_;
  std::atomic<std::int64_t> next_{0};
  std::atomic<std::int64_t> finished_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::exception_ptr first_;
};

int affinity_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::thread::hardware_concurrency());
}

// The first numbers of a small file; fewer than asked for when it is absent or says "max".
std::vector<double> numbers_in(const char* path) {
  std::ifstream file(path);
  std::vector<double> numbers;
  for (double number = 0; file >> number;) numbers.push_back(number);
  return numbers;
}

// Cores that the control group's quota pays for (version 2, then version 1); a large number
// without a quota.
int quota_cores() {
  constexpr int kNoQuota = 1 << 20;
  std::vector<double> quota = numbers_in("/sys/fs/cgroup/cpu.max");
  if (quota.empty()) {
    quota = numbers_in("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
    const std::vector<double> period = numbers_in("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    quota.insert(quota.end(), period.begin(), period.end());
  }
  if (quota.size() < 2 || quota[0] <= 0 || quota[1] <= 0) return kNoQuota;
  return std::max(1, static_cast<int>(std::ceil(quota[0] / quota[1])));
}

}  // namespace

void parallel_for(std::int64_t count, int threads,
                  const std::function<void(std::int64_t, int)>& body) {
  Dispenser dispenser(count, body);
  const auto helpers = static_cast<int>(std::min<std::int64_t>(threads, count)) - 1;
  {
    std::vector<std::jthread> others;
    try {
      for (int worker = 1; worker <= helpers; ++worker) {
        others.emplace_back([&dispenser, worker] { dispenser.work(worker); });
      }
    } catch (...) {
      dispenser.keep(std::current_exception());  // the system gave no thread
    }
    dispenser.work(0);
  }  // joins
  dispenser.report();
}

int default_threads() { return std::max(1, std::min(affinity_cores(), quota_cores())); }

}  // namespace gpst
