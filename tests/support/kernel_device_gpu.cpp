#include <gtest/gtest.h>

#include <cstdio>

#include "ops/device.h"
#include "tests/support/kernel_device.h"

namespace gpst {

class EmulatedOps {};

at::Device kernel_device() { return at::Device(at::kCUDA, 0); }

KernelScope::KernelScope() = default;
KernelScope::~KernelScope() = default;

}  // namespace gpst

// Exit status 77 is ctest's sign of a test that was skipped. A device that cannot be used is a
// failure.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (gpst::cuda_driver().devices.empty()) {
    std::printf("skipped: %s\n", gpst::cuda_driver().problem.c_str());
    return 77;
  }
  std::printf("device: %s\n", gpst::choose_device("cuda").description.c_str());
  return RUN_ALL_TESTS();
}
