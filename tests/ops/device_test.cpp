// What --device means for every kind of build and machine, without opening anything.
#include "ops/device.h"

#include "base/error.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const CudaBuild kWithout = {};
const CudaBuild kWith = {.built = true, .version = 13000, .architectures = {80, 90, 100}};

const CudaDriver kNoDriver = {.problem = "no NVIDIA driver was found (libcuda.so.1)"};

CudaDriver with_devices(int count) {
  CudaDriver driver{.present = true, .version = 13020};
  for (int i = 0; i < count; ++i) driver.devices.push_back({"Model " + std::to_string(i), 90, 1});
  if (count == 0) driver.problem = "the NVIDIA driver finds no device";
  return driver;
}

std::string refusal(std::string_view name, const CudaBuild& build, const CudaDriver& driver) {
  return message_of<DeviceError>([&] { choose_device(name, build, driver); });
}

TEST(ChooseDevice, NamesOfDevices) {
  const CudaDriver driver = with_devices(2);
  EXPECT_TRUE(choose_device("cpu", kWith, driver).device.is_cpu());
  EXPECT_EQ(choose_device("cuda", kWith, driver).device.str(), "cuda:0");
  EXPECT_EQ(choose_device("cuda:1", kWith, driver).device.str(), "cuda:1");
  EXPECT_EQ(choose_device("cuda:1", kWith, driver).description, "cuda:1 (Model 1)");
}

TEST(ChooseDevice, OtherNamesAreMistakesOfTheCall) {
  for (const char* name : {"", "tpu", "CUDA", "cuda:", "cuda:x", "cuda:1x", "cuda:-1", "cuda1",
                           "cuda:+1", "cuda:128", "cuda:99999999999", "cpu:0", "cuda: 1"}) {
    EXPECT_THAT(message_of<UsageError>([&] { choose_device(name, kWith, with_devices(2)); }),
                HasSubstr("expected auto, cpu, cuda or cuda:N"))
        << name;
  }
}

TEST(ChooseDevice, ABuildWithoutCuda) {
  EXPECT_THAT(refusal("cuda", kWithout, with_devices(1)),
              AllOf(HasSubstr("built without CUDA"), HasSubstr("GPST_CUDA=ON scripts/build.sh")));
}

TEST(ChooseDevice, AMachineWithoutADriver) {
  EXPECT_EQ(refusal("cuda:1", kWith, kNoDriver),
            "--device cuda:1: no NVIDIA driver was found (libcuda.so.1); install it, or use "
            "--device cpu");
}

TEST(ChooseDevice, ADriverThatIsTooOld) {
  CudaDriver driver = with_devices(1);
  driver.version = 12080;
  EXPECT_THAT(refusal("cuda", kWith, driver),
              AllOf(HasSubstr("speaks CUDA 12.8"), HasSubstr("needs 13.0"), HasSubstr("update")));
  // Every driver of a major version runs what any toolkit of that version made.
  driver.version = 13000;
  EXPECT_TRUE(
      choose_device("cuda", {.built = true, .version = 13010, .architectures = {80}}, driver)
          .device.is_cuda());
}

TEST(ChooseDevice, ADriverWithoutDevices) {
  EXPECT_THAT(refusal("cuda", kWith, with_devices(0)),
              AllOf(HasSubstr("finds no device"), HasSubstr("nvidia-smi")));
}

TEST(ChooseDevice, AnIndexOutOfRange) {
  EXPECT_EQ(refusal("cuda:2", kWith, with_devices(2)),
            "--device cuda:2: this machine has 2 CUDA devices; use one of cuda:0 to cuda:1");
  EXPECT_EQ(refusal("cuda:1", kWith, with_devices(1)),
            "--device cuda:1: this machine has 1 CUDA device; use cuda:0");
}

TEST(ChooseDevice, ADeviceOlderThanTheKernels) {
  CudaDriver driver = with_devices(2);
  driver.devices[0].capability = 75;
  EXPECT_THAT(refusal("cuda", kWith, driver),
              AllOf(HasSubstr("Model 0 has compute capability 7.5"), HasSubstr("8.0 and newer")));
  EXPECT_EQ(choose_device("cuda:1", kWith, driver).device.str(), "cuda:1");
}

TEST(ChooseDevice, AutoTakesTheFirstDeviceThereIs) {
  const ChosenDevice chosen = choose_device("auto", kWith, with_devices(2));
  EXPECT_EQ(chosen.device.str(), "cuda:0");
  EXPECT_EQ(chosen.description, "cuda:0 (Model 0), chosen by auto");
  EXPECT_TRUE(chosen.notable);
}

TEST(ChooseDevice, AutoTakesTheCpuAndSaysWhy) {
  const ChosenDevice chosen = choose_device("auto", kWith, kNoDriver);
  EXPECT_TRUE(chosen.device.is_cpu());
  EXPECT_TRUE(
      chosen.description.ends_with("chosen by auto: no NVIDIA driver was found (libcuda.so.1)"))
      << chosen.description;
  EXPECT_TRUE(chosen.notable);
}

TEST(ChooseDevice, AutoOfABuildWithoutCudaIsWorthALineWhereThereIsADevice) {
  EXPECT_TRUE(choose_device("auto", kWithout, with_devices(1)).device.is_cpu());
  EXPECT_TRUE(choose_device("auto", kWithout, with_devices(1)).notable);
  EXPECT_FALSE(choose_device("auto", kWithout, kNoDriver).notable);
}

TEST(CudaBuild, Text) {
  EXPECT_EQ(cuda_build_text(kWithout), "not in this build");
  EXPECT_EQ(cuda_build_text(kWith), "13.0: sm_80 sm_90 sm_100, PTX of the last");
}

}  // namespace
}  // namespace gpst
