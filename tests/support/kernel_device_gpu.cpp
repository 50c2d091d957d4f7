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

// Exit status 77 is ctest's sign of a test that was skipped.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const gpst::ChosenDevice chosen = gpst::choose_device("auto");
  if (!chosen.device.is_cuda()) {
    std::printf("skipped: %s\n", chosen.description.c_str());
    return 77;
  }
  return RUN_ALL_TESTS();
}
