// --device, doctor and --version with drivers of several kinds; the driver is fake_driver.cpp.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/contains.h"
#include "tests/cli/run_program.h"

namespace gpst {
namespace {

// Whether the program was built with CUDA; the texts differ.
constexpr bool kBuilt = GPST_CUDA_BUILT;

ProgramRun run_with_driver(const std::string& machine, const std::vector<std::string>& words) {
  return run_gpstoken(
      words, {.environment = {{"LD_LIBRARY_PATH", GPST_FAKE_DRIVER}, {"FAKE_CUDA", machine}},
              .hides_gpus = false});
}

// The message of `gpstoken man --device NAME` there.
std::string refusal(const std::string& machine, const std::string& device) {
  const ProgramRun run = run_with_driver(machine, {"man", "--device", device});
  EXPECT_EQ(run.exit_code, 5) << run.err;
  return run.err;
}

TEST(Device, EachReasonHasItsText) {
  if (!kBuilt) {
    EXPECT_TRUE(contains(refusal("13000 0 1", "cuda"), "built without CUDA"));
    return;
  }
  EXPECT_TRUE(contains(refusal("12040 0 1", "cuda"), "speaks CUDA 12.4"));
  EXPECT_TRUE(contains(refusal("13000 100 0", "cuda"), "finds no device"));
  EXPECT_TRUE(contains(refusal("13000 0 0", "cuda"), "finds no device"));
  EXPECT_TRUE(contains(refusal("13000 999 0", "cuda"), "cuInit says: unknown error (error 999)"));
  EXPECT_TRUE(contains(refusal("13000 0 2", "cuda:2"), "cuda:0 to cuda:1"));
}

TEST(Device, HiddenDevicesAreNamedAsSuch) {
  if (!kBuilt) GTEST_SKIP() << "needs a build with CUDA";
  const ProgramRun run = run_gpstoken({"man", "--device", "cuda"},
                                      {.environment = {{"LD_LIBRARY_PATH", GPST_FAKE_DRIVER},
                                                       {"FAKE_CUDA", "13000 100 0"},
                                                       {"CUDA_VISIBLE_DEVICES", "-1"}},
                                       .hides_gpus = false});
  EXPECT_TRUE(contains(run.err, "CUDA_VISIBLE_DEVICES is '-1'"));
}

// The kernels are loaded for real; then LibTorch does not get along with the fake.
TEST(Device, ADriverThatLibTorchCannotUse) {
  if (!kBuilt) GTEST_SKIP() << "needs a build with CUDA";
  EXPECT_TRUE(contains(refusal("13000 0 1", "cuda"), "LibTorch finds no CUDA device although"));
  const ProgramRun run = run_with_driver("13000 0 1", {"doctor", "--json"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(contains(run.err, "chosen by auto: LibTorch finds no CUDA device"));
  EXPECT_EQ(nlohmann::json::parse(run.out).at("device"), "cpu");
}

TEST(Device, CommandsThatComputeNothingDoNotLook) {
  const ProgramRun run = run_with_driver("13000 0 1", {"man"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.err, "");
}

// The dynamic linker tells what it opens.
TEST(Device, ACpuRunOpensNothingOfCuda) {
  const ProgramRun run =
      run_gpstoken({"doctor", "--device", "cpu"}, {.environment = {{"LD_DEBUG", "files"}}});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_TRUE(contains(run.err, "libtorch_cpu.so"));
  EXPECT_FALSE(contains(run.err, "libtorch_cuda.so"));
  EXPECT_FALSE(contains(run.err, "libgpst_ops_cuda.so"));
}

TEST(Device, VersionNamesBuildAndDevices) {
  const std::string out = run_with_driver("13000 0 2", {"--version"}).out;
  EXPECT_TRUE(contains(out, kBuilt ? "sm_80 sm_90 sm_100" : "CUDA not in this build"));
  EXPECT_TRUE(contains(out, "cuda:1 (Fake 1, compute capability 9.0, 8192 MiB)"));
}

TEST(Device, DoctorNamesBuildDriverAndDevices) {
  const auto report = nlohmann::json::parse(run_with_driver("12040 0 1", {"doctor", "--json"}).out);
  EXPECT_EQ(report.at("devices").size(), 2u);
  EXPECT_EQ(report.at("device"), "cpu");
  EXPECT_EQ(report.at("cuda").at("driver"), "for CUDA 12.4");
  EXPECT_TRUE(contains(report.at("cuda").at("build"), kBuilt ? "sm_100" : "not in this build"));
}

}  // namespace
}  // namespace gpst
