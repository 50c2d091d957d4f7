#include "base/work_meter.h"

#include <algorithm>
#include <ctime>

#include "base/system.h"

namespace gpst {
namespace {

// Of all threads of the process.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

WorkMeter::WorkMeter() : start_(std::chrono::steady_clock::now()), cpu_seconds_(cpu_seconds()) {}

WorkCost WorkMeter::cost(int workers) const {
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start_;
  const double offered = seconds.count() * std::max(1, workers);
  return {.seconds = seconds.count(),
          .cpu_share = offered > 0 ? (cpu_seconds() - cpu_seconds_) / offered : 0,
          .peak_memory_bytes = peak_memory_bytes()};
}

}  // namespace gpst
