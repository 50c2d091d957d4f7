// Opening libgpst_ops_cuda.so, as on a machine with a device but without asking a driver. Each case
// is a process of its own: LibTorch remembers whether it has CUDA.
#include "ops/cuda_library.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "base/error.h"
#include "ops/accelerator.h"

namespace gpst {
namespace {

// Ends the process; the text is what EXPECT_EXIT looks at.
[[noreturn]] void finish(int status, const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::exit(status);
}

class CudaLibrary : public testing::Test {
 protected:
  CudaLibrary() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

// Names of the ops that lack a kernel for CUDA though they have one for the CPU.
std::string ops_without_kernel() {
  std::string missing;
  for (const c10::OperatorName& name : c10::Dispatcher::singleton().getAllOpNames()) {
    if (!name.name.starts_with("gpst_ops::")) continue;
    const auto op = c10::Dispatcher::singleton().findSchemaOrThrow(name.name.c_str(), "");
    if (op.hasKernelForDispatchKey(c10::DispatchKey::CPU) &&
        !op.hasKernelForDispatchKey(c10::DispatchKey::CUDA)) {
      missing += " " + name.name;
    }
  }
  return missing;
}

TEST_F(CudaLibrary, OpensWithoutADriverAndLeavesTheCpuAsItIs) {
  const auto open = [] {
    open_cuda_library();
    open_cuda_library();
    const at::Tensor x = at::eye(3);
    const bool right = at::globalContext().hasCUDART() && at::equal(x.matmul(x), x);
    finish(0, right ? "as it should be" : "wrong");
  };
  EXPECT_EXIT(open(), testing::ExitedWithCode(0), "as it should be");
}

TEST_F(CudaLibrary, BringsAKernelForEveryOp) {
  const auto compare = [] {
    open_cuda_library();
    finish(0, fmt::format("without:{}.", ops_without_kernel()));
  };
  EXPECT_EXIT(compare(), testing::ExitedWithCode(0), "without:\\.");
}

TEST_F(CudaLibrary, IsRefusedWhenLibTorchWasAskedBefore) {
  const auto open_late = [] {
    at::hasCUDA();
    try {
      open_cuda_library();
    } catch (const DeviceError& error) {
      finish(error.exit_status(), error.what());
    }
    finish(0, "nothing was thrown");
  };
  EXPECT_EXIT(open_late(), testing::ExitedWithCode(5), "before any tensor work");
}

TEST_F(CudaLibrary, BringsTheAccelerator) {
  const auto ask = [] {
    open_cuda_library();
    if (at::hasCUDA()) finish(5, "CUDA devices");
    try {
      Accelerator::of(at::Device(at::kCUDA, 0));
    } catch (const DeviceError& error) {
      finish(error.exit_status(), error.what());
    }
    finish(0, "nothing was thrown");
  };
  EXPECT_EXIT(ask(), testing::ExitedWithCode(5), "CUDA devices");
}

}  // namespace
}  // namespace gpst
