#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "cuda/emulator/fiber.h"
#include "cuda/emulator/options.h"
#include "tests/cuda/device_array.h"
#include "tests/cuda/emulator/barrier_kernels.h"
#include "tests/cuda/emulator/fault_of.h"
#include "tests/cuda/emulator/launch_kernels.h"

namespace gpst::emulator {
namespace {

using cuda::DeviceArray;
using cuda::Sizes;

size_t count(Sizes s) { return size_t{s.x} * s.y * s.z; }

TEST(EmulatorLaunch, GridsAndBlocksOfOneTwoAndThreeDimensions) {
  for (const auto& [grid, block] : std::vector<std::pair<Sizes, Sizes>>{{{1}, {1}},
                                                                        {{5}, {33}},
                                                                        {{3, 2}, {7, 5}},
                                                                        {{2, 3, 2}, {4, 3, 5}},
                                                                        {{1, 1, 4}, {2, 1, 64}},
                                                                        {{1}, {1024}}}) {
    const DeviceArray<int> out(count(grid) * count(block));
    cuda::run_indices(grid, block, out.data());
    const std::vector<int> found = out.read();
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i], static_cast<int>(i / count(block) * 10000 + i % count(block)));
    }
  }
}

TEST(EmulatorLaunch, AnEmptyGridDoesNothing) {
  cuda::run_indices({0}, {64}, nullptr);
  cuda::run_indices({3, 0}, {64}, nullptr);
  cuda::run_indices({3, 1, 0}, {0}, nullptr);
}

TEST(EmulatorLaunch, RefusesWhatAGpuRefuses) {
  const DeviceArray<int> out(1);
  for (const auto& [grid, block] : std::vector<std::pair<Sizes, Sizes>>{{{1}, {1025}},
                                                                        {{1}, {0}},
                                                                        {{1}, {2, 2, 65}},
                                                                        {{1}, {64, 32}},
                                                                        {{1, 65536}, {1}},
                                                                        {{1, 1, 65536}, {1}}}) {
    try {
      cuda::run_indices(grid, block, out.data());
      ADD_FAILURE() << "launched";
    } catch (const DeviceError& error) {
      EXPECT_NE(std::string(error.what()).find("CUDA kernel indices: the launch failed"),
                std::string::npos)
          << error.what();
    }
  }
  EXPECT_THROW(cuda::run_reverse(nullptr, 164 * 1024 / 4, nullptr), DeviceError);
}

TEST(EmulatorLaunch, DynamicSharedMemoryOfMoreThan48KB) {
  std::vector<float> values(160 * 1024 / 4);
  std::iota(values.begin(), values.end(), 0.0f);
  const DeviceArray<float> in(values), out(values.size());
  cuda::run_reverse(in.data(), static_cast<int>(values.size()), out.data());
  std::reverse(values.begin(), values.end());
  EXPECT_EQ(out.read(), values);
}

TEST(EmulatorLaunch, DynamicSharedMemoryIsNanAtTheStartOfEveryBlock) {
  const DeviceArray<unsigned> out(32);
  cuda::run_poison(32 * sizeof(unsigned), out.data());
  EXPECT_EQ(out.read(), std::vector<unsigned>(32, 0xFFFFFFFFu));
}

TEST(EmulatorLaunch, ParametersArriveAsTheKernelDeclaresThem) {
  const DeviceArray<float> in(std::vector<float>{1, 2, 3}), out(3);
  cuda::run_parameters({.scale = 0.5, .count = 3}, in.data(), int64_t{7} << 40, out.data());
  EXPECT_EQ(out.read(), (std::vector<float>{7.5f, 8.0f, 8.5f}));
}

TEST(EmulatorLaunch, WhatAKernelThrowsArrivesAndTheNextLaunchWorks) {
  EXPECT_THROW(cuda::run_throw(), std::runtime_error);
  const DeviceArray<int> out(64);
  cuda::run_divergent_barrier(false, out.data());
  EXPECT_EQ(out.read()[0], 63);
}

std::vector<int> arrivals(const Options& options) {
  const OptionsScope scope(options);
  const DeviceArray<int> counter(std::vector<int>{0}), order(64);
  cuda::run_arrival(counter.data(), order.data());
  return order.read();
}

TEST(EmulatorLaunch, BlocksAndThreadsRunInTheOrderAsked) {
  std::vector<int> forward(64);
  std::iota(forward.begin(), forward.end(), 0);
  EXPECT_EQ(arrivals({.order = Order::forward}), forward);
  const std::vector<int> shuffled = arrivals({.order = Order::shuffled, .seed = 1});
  EXPECT_EQ(shuffled, arrivals({.order = Order::shuffled, .seed = 1}));
  EXPECT_NE(shuffled, arrivals({.order = Order::shuffled, .seed = 2}));
  EXPECT_NE(shuffled, forward);
  for (size_t i = 0; i < 64; ++i) EXPECT_EQ(shuffled[i] / 16, shuffled[i / 16 * 16] / 16);
  std::vector<int> sorted = shuffled;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, forward);
  std::reverse(forward.begin(), forward.end());
  EXPECT_EQ(arrivals({.order = Order::reverse}), forward);
}

TEST(EmulatorLaunch, LaunchersMayUseAtomicsAndLocalStatics) {
  EXPECT_EQ(cuda::count_calls(), 1);
  EXPECT_EQ(cuda::count_calls(), 2);
}

size_t resident_pages() {
  std::ifstream file("/proc/self/statm");
  size_t all = 0, resident = 0;
  file >> all >> resident;
  return resident;
}

size_t mappings() {
  std::ifstream file("/proc/self/maps");
  size_t lines = 0;
  for (std::string line; std::getline(file, line);) ++lines;
  return lines;
}

TEST(EmulatorLaunch, ThousandsOfLaunchesAndFaultsLeakNothing) {
  const auto work = [](int times) {
    for (int i = 0; i < times; ++i) {
      const DeviceArray<int> out(64);
      cuda::run_divergent_barrier(false, out.data());
      EXPECT_THROW(cuda::run_divergent_barrier(true, out.data()), Fault);
      EXPECT_THROW(cuda::run_throw(), std::runtime_error);
    }
  };
  work(200);
  const size_t pages = resident_pages(), maps = mappings();
  work(2000);
  // AddressSanitizer keeps freed memory for a while, and looks for leaks itself.
  if (!kAddressSanitizer) {
    EXPECT_LE(resident_pages(), pages + 32);
  }
  EXPECT_LE(mappings(), maps + 2);
}

// No time is asserted: the figures are for the reader.
//   cuda_emulator_tests --gtest_filter='*Speed*'
TEST(EmulatorSpeed, PrintsBarriersAndAccessesASecond) {
  using Clock = std::chrono::steady_clock;
  const auto seconds = [](Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  constexpr int kBlocks = 16, kThreads = 256, kBarriers = 100;
  const DeviceArray<int> passed(kBlocks * kThreads);
  auto begin = Clock::now();
  cuda::run_barriers(kBlocks, kThreads, kBarriers, passed.data());
  const double waits = double{kBlocks} * kThreads * kBarriers;
  std::printf("threads through a barrier: %.2g a second\n", waits / seconds(begin));
  EXPECT_EQ(passed.read(), std::vector<int>(kBlocks * kThreads, kBarriers));
  constexpr int kRounds = 10000;
  const DeviceArray<float> sums(64);
  begin = Clock::now();
  cuda::run_accesses(kRounds, sums.data());
  std::printf("accesses to shared memory: %.2g a second\n", 2.0 * 64 * kRounds / seconds(begin));
  EXPECT_EQ(sums.read(), std::vector<float>(64, kRounds));
}

}  // namespace
}  // namespace gpst::emulator
