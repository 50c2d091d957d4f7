// One test, two places: with emulated kernels on any machine, with real ones on a GPU. A test names
// no device:
//
//   const at::Tensor expected = render(tokens, options);                  // the CPU's
//   const at::Tensor actual = on_kernels([&] { return render(to_kernels(tokens), options); });
//   EXPECT_TRUE(tensors_close(actual, expected, {.absolute = 1e-5}));
//
// Programs of gpst_kernel_test (cmake/GpstTests.cmake) are linked once with
// kernel_device_emulated.cpp and once with kernel_device_cuda.cpp.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <utility>

namespace gpst {

class EmulatedOps;

// The CPU with emulated kernels, cuda:0 on a GPU.
at::Device kernel_device();

inline at::Tensor to_kernels(const at::Tensor& tensor) { return tensor.to(kernel_device()); }

// While it lives, ops on tensors of kernel_device() run as CUDA kernels. On a GPU they always do.
class KernelScope {
 public:
  KernelScope();
  ~KernelScope();
  KernelScope(const KernelScope&) = delete;
  KernelScope& operator=(const KernelScope&) = delete;

 private:
  std::unique_ptr<EmulatedOps> emulated_;
};

template <class F>
auto on_kernels(F&& compute) {
  const KernelScope scope;
  return std::forward<F>(compute)();
}

}  // namespace gpst
