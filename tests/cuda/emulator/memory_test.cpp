// Errors in the use of memory. In builds with a sanitizer that one's own checks take the emulator's
// place, and end the program: nothing to test here.
#include <array>
#include <memory>
#include <numeric>
#include <optional>
#include <vector>

#include "cuda/emulator/options.h"
#include "tests/cuda/device_array.h"
#include "tests/cuda/emulator/fault_of.h"
#include "tests/cuda/emulator/memory_kernels.h"

namespace gpst::emulator {
namespace {

using cuda::DeviceArray;
using cuda::DeviceErrorCase;
using cuda::Race;
using cuda::SharedError;
using cuda::Undefined;

const char* const kFile = "memory_kernels.cu";

class EmulatorMemory : public testing::Test {
 protected:
  void SetUp() override {
#ifndef GPST_EMULATOR_CHECKS
    GTEST_SKIP() << "a sanitizer checks the memory of this build";
#endif
  }
};

std::string with_line(const std::string& text) { return place_of(kFile, text); }

struct PlantedShared {
  SharedError error;
  FaultKind kind;
  std::vector<std::string> parts;
};

TEST_F(EmulatorMemory, OutsideASharedArray) {
  const std::string where = "kernel shared_error, block (0, 0, 0), thread (";
  for (const PlantedShared& planted : {
           PlantedShared{SharedError::past_static,
                         FaultKind::out_of_range,
                         {where + "63, 0, 0) writes 4 bytes at byte offset 256 of shared array "
                                  "table, which has 256 bytes",
                          with_line("// past static")}},
           PlantedShared{SharedError::before_static,
                         FaultKind::out_of_range,
                         {where + "0, 0, 0) reads 4 bytes at byte offset -4 of shared array table",
                          with_line("// read static")}},
           PlantedShared{SharedError::past_dynamic,
                         FaultKind::out_of_range,
                         {where + "63, 0, 0) reads 4 bytes at byte offset 256 of shared array "
                                  "(dynamic), which has 256 bytes",
                          with_line("// past dynamic")}},
           PlantedShared{SharedError::far_past_dynamic, FaultKind::out_of_range, {where}},
           PlantedShared{
               SharedError::index,
               FaultKind::out_of_range,
               {where + "63, 0, 0): index 64 is beyond 'int [64]'", with_line("// index")}},
           PlantedShared{SharedError::too_much,
                         FaultKind::resources,
                         {"kernel shared_error", "shared array too_much", "51456 bytes"}},
       }) {
    const DeviceArray<int> out(64);
    expect_fault(planted.kind, planted.parts,
                 [&] { cuda::run_shared_error(planted.error, out.data()); });
  }
}

TEST_F(EmulatorMemory, UnwrittenSharedMemory) {
  const DeviceArray<int> out(64);
  expect_fault(FaultKind::unwritten,
               {"thread (0, 0, 0) reads 4 bytes at byte offset 252 of shared array table, which "
                "nothing has written",
                with_line("// read static")},
               [&] { cuda::run_shared_error(SharedError::unwritten, out.data()); });
  expect_fault(FaultKind::unwritten,
               {"byte offset 252 of shared array (dynamic)", with_line("// read dynamic")},
               [&] { cuda::run_shared_error(SharedError::unwritten_dynamic, out.data()); });
  expect_fault(FaultKind::unwritten, {"kernel second_block, block (1, 0, 0)", "shared array kept"},
               [&] { cuda::run_second_block(true, out.data()); });
}

TEST_F(EmulatorMemory, CorrectUseOfSharedMemoryPasses) {
  const DeviceArray<int> out(64);
  cuda::run_shared_error(SharedError::none, out.data());
  std::vector<int> expected(64);
  for (size_t t = 0; t < 64; ++t) expected[t] = 3 * (63 - static_cast<int>(t));
  EXPECT_EQ(out.read(), expected);
  cuda::run_second_block(false, out.data());
}

struct PlantedRace {
  Race race;
  std::vector<std::string> parts;
};

// Whatever the order in which threads run: not only when the result happens to be wrong.
TEST_F(EmulatorMemory, RacesAreFoundInEveryOrder) {
  const std::string values = "shared array values, which thread (";
  for (const Options& order : {Options{}, Options{.order = Order::reverse},
                               Options{.order = Order::shuffled, .seed = 5}}) {
    const OptionsScope scope(order);
    for (const PlantedRace& planted : {
             PlantedRace{Race::no_barrier, {values, with_line("// exchange")}},
             PlantedRace{Race::write_after_read, {values, with_line("// second write")}},
             PlantedRace{Race::same_warp, {values, with_line("// exchange")}},
             PlantedRace{Race::two_warps_syncwarp, {values, with_line("// exchange")}},
             PlantedRace{Race::some_lanes, {values, with_line("// exchange")}},
             PlantedRace{Race::two_writers, {"shared array sum, which thread ("}},
             PlantedRace{Race::plain_after_atomic, {"shared array sum"}},
             PlantedRace{Race::bytes, {"shared array bytes"}},
         }) {
      std::vector<std::string> parts = planted.parts;
      parts.emplace_back("with no barrier between");
      parts.emplace_back("; before: ");
      parts.emplace_back("kernel race, block (0, 0, 0), thread (");
      const DeviceArray<int> out(64);
      expect_fault(FaultKind::race, parts, [&] { cuda::run_race(planted.race, out.data()); });
    }
    const DeviceArray<int> out(64);
    cuda::run_race(Race::none, out.data());
    EXPECT_EQ(out.read(), std::vector<int>(64, 63 * 64 / 2));
  }
}

TEST_F(EmulatorMemory, ARaceNamesBothThreadsAndBothLines) {
  const DeviceArray<int> out(64);
  expect_fault(FaultKind::race,
               {"thread (31, 0, 0) writes 4 bytes at byte offset 124 of shared array values, which "
                "thread (63, 0, 0) read with no barrier between",
                with_line("// first write") + "; before: ", with_line("// exchange")},
               [&] {
                 const OptionsScope scope({.order = Order::reverse});
                 cuda::run_race(Race::no_barrier, out.data());
               });
}

TEST_F(EmulatorMemory, AtomicsOfSharedMemoryDoNotRace) {
  std::vector<int> values(1000);
  std::iota(values.begin(), values.end(), 3);
  const DeviceArray<int> in(values), out(8);
  cuda::run_histogram(in.data(), 1000, out.data());
  EXPECT_EQ(out.read(), std::vector<int>(8, 125));
}

TEST_F(EmulatorMemory, OutsideADeviceArray) {
  const std::vector<int> ten(10, 4);
  const DeviceArray<int> in(ten), out(64);
  const auto run = [&](DeviceErrorCase planted) {
    return [&, planted] { cuda::run_device_error(planted, 10, in.data(), out.data()); };
  };
  expect_fault(FaultKind::out_of_range,
               {"kernel device_error, block (0, 0, 0), thread (9, 0, 0) reads 4 bytes at byte "
                "offset 40 of the device array, which has 40 bytes",
                with_line("// read past")},
               run(DeviceErrorCase::read_past));
  expect_fault(FaultKind::out_of_range,
               {"thread (0, 0, 0) writes 4 bytes at byte offset -4 of the device array, which has "
                "256 bytes",
                with_line("// write before")},
               run(DeviceErrorCase::write_before));
  expect_fault(FaultKind::out_of_range,
               {"atomically changes 4 bytes at byte offset 256 of", with_line("out + 64")},
               run(DeviceErrorCase::atomic_past));
  expect_fault(FaultKind::unwritten,
               {"of the device array, which nothing has written", with_line("// unwritten")},
               run(DeviceErrorCase::unwritten));
  run(DeviceErrorCase::none)();
  EXPECT_EQ(out.read()[9], 4);
  EXPECT_EQ(out.read()[10], 0);
}

TEST_F(EmulatorMemory, AFreedDeviceArray) {
  const DeviceArray<int> out(64);
  const int* freed = nullptr;
  {
    const DeviceArray<int> in(std::vector<int>(10, 4));
    freed = in.data();
  }
  expect_fault(FaultKind::out_of_range, {"kernel device_error", "of the device array"},
               [&] { cuda::run_device_error(DeviceErrorCase::none, 10, freed, out.data()); });
}

TEST_F(EmulatorMemory, HostCodeThatReadsDeviceMemoryIsReportedByTheNextLaunch) {
  const DeviceArray<int> in(std::vector<int>{1}), out(1);
  expect_fault(FaultKind::out_of_range,
               {"host code reads memory of the device", with_line("// host access")},
               [&] { cuda::run_host_access(true, in.data(), out.data()); });
  cuda::run_host_access(false, in.data(), out.data());
  EXPECT_EQ(out.read()[0], 1);
}

TEST_F(EmulatorMemory, WhatTheLanguageLeavesUndefined) {
  std::vector<float> values(68, 1.0f);
  const DeviceArray<float> in(values), out(4);
  const auto run = [&](Undefined planted) {
    return [&, planted] { cuda::run_undefined(planted, in.data(), 3, out.data()); };
  };
  expect_fault(FaultKind::misaligned,
               {"kernel undefined, block (0, 0, 0), thread (0, 0, 0)", "float4",
                "no multiple of 16", with_line("// misaligned")},
               run(Undefined::misaligned));
  expect_fault(
      FaultKind::out_of_range,
      {"thread (3, 0, 0)", "index 4 is beyond 'float [4]'", with_line("// register array")},
      run(Undefined::register_array));
  expect_fault(FaultKind::undefined, {"thread (2, 0, 0)", "divides by zero"},
               run(Undefined::division));
  // A GPU would make the largest int of it, a CPU the smallest.
  expect_fault(
      FaultKind::undefined,
      {"thread (2, 0, 0)", "converts a 'float' that does not fit to 'int'", with_line("// cast")},
      run(Undefined::cast));
  run(Undefined::none)();
  EXPECT_EQ(out.read(), (std::vector<float>{4, 8, 12, 16}));
}

}  // namespace
}  // namespace gpst::emulator
