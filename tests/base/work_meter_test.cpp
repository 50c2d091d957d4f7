#include "base/work_meter.h"

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <thread>

namespace gpst {
namespace {

double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

TEST(WorkMeter, CountsWhatWasComputed) {
  const WorkMeter meter;
  const double begin = thread_seconds();
  while (thread_seconds() < begin + 0.02) {
  }
  const WorkCost cost = meter.cost(2);
  EXPECT_GE(cost.cpu_share * 2 * cost.seconds, 0.0199);
  EXPECT_LE(cost.cpu_share, 0.51);  // one thread of the two
  EXPECT_GT(cost.peak_memory_bytes, 1 << 20);
}

TEST(WorkMeter, WaitingIsNoWork) {
  const WorkMeter meter;
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  const WorkCost cost = meter.cost(1);
  EXPECT_GE(cost.seconds, 0.03);
  EXPECT_LT(cost.cpu_share, 0.5);
}

}  // namespace
}  // namespace gpst
