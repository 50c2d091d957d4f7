#include <numeric>
#include <vector>

#include "cuda/emulator/options.h"
#include "tests/cuda/device_array.h"
#include "tests/cuda/emulator/barrier_kernels.h"
#include "tests/cuda/emulator/fault_of.h"

namespace gpst::emulator {
namespace {

using cuda::DeviceArray;

TEST(EmulatorBarrier, DivergenceIsAFaultThatNamesBothPlaces) {
  DeviceArray<int> out(64);
  expect_fault(FaultKind::barrier,
               {"kernel divergent_barrier", "block (0, 0, 0)", "thread (32, 0, 0)",
                "thread (0, 0, 0)", place_of("barrier_kernels.cu", "// upper warp"),
                place_of("barrier_kernels.cu", "// lower warp")},
               [&] { cuda::run_divergent_barrier(true, out.data()); });
}

TEST(EmulatorBarrier, OneBarrierForAllIsNone) {
  DeviceArray<int> out(64);
  cuda::run_divergent_barrier(false, out.data());
  std::vector<int> expected(64);
  std::iota(expected.rbegin(), expected.rend(), 0);
  EXPECT_EQ(out.read(), expected);
}

TEST(EmulatorBarrier, ThreadsThatExitedAreNotWaitedFor) {
  DeviceArray<int> out(64);
  cuda::run_early_exit(out.data());
  EXPECT_EQ(out.read()[63], 63);
}

TEST(EmulatorBarrier, ThreadsThatExitedAreAFaultWhenStrict) {
  for (const Order order : {Order::forward, Order::reverse}) {
    const OptionsScope scope({.order = order, .strict_exits = true});
    DeviceArray<int> out(64);
    expect_fault(FaultKind::barrier,
                 {"kernel early_exit", "thread (0, 0, 0) has exited", "barrier_kernels.cu"},
                 [&] { cuda::run_early_exit(out.data()); });
  }
  DeviceArray<int> out(64);
  cuda::run_early_exit(out.data());
}

TEST(EmulatorBarrier, DeadlockIsAFaultThatSaysWhoWaitsWhere) {
  DeviceArray<int> out(32);
  expect_fault(
      FaultKind::deadlock,
      {"kernel deadlock", "thread (0, 0, 0) waits in __syncwarp",
       "thread (5, 0, 0) waits at __syncthreads", place_of("barrier_kernels.cu", "__syncwarp();"),
       place_of("barrier_kernels.cu", "&& planted) __syncthreads();")},
      [&] { cuda::run_deadlock(true, out.data()); });
  cuda::run_deadlock(false, out.data());
  EXPECT_EQ(out.read()[31], 31);
}

TEST(EmulatorBarrier, VotesOfABlock) {
  for (const int set : {0, 1, 50, 96}) {
    std::vector<int> votes(96);
    std::fill_n(votes.begin(), set, 7);
    const DeviceArray<int> in(votes), out(3 * 96);
    cuda::run_votes(in.data(), out.data());
    const std::vector<int> found = out.read();
    for (size_t t = 0; t < 96; ++t) {
      EXPECT_EQ(found[3 * t], set);
      EXPECT_EQ(found[3 * t + 1], set == 96 ? 1 : 0);
      EXPECT_EQ(found[3 * t + 2], set > 0 ? 1 : 0);
    }
  }
}

}  // namespace
}  // namespace gpst::emulator
