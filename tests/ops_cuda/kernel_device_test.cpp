#include "tests/support/kernel_device.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace gpst {
namespace {

TEST(KernelDevice, TensorsGoThereAndComeBack) {
  const at::Tensor values = at::arange(6, at::kFloat).view({2, 3});
  const at::Tensor there = to_kernels(values);
  EXPECT_EQ(there.device(), kernel_device());
  EXPECT_TRUE(at::equal(on_kernels([&] { return there + 1; }).cpu(), values + 1));
}

}  // namespace
}  // namespace gpst
