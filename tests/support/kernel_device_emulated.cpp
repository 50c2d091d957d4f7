#include "tests/support/emulated_ops.h"
#include "tests/support/kernel_device.h"

namespace gpst {

at::Device kernel_device() { return at::kCPU; }

KernelScope::KernelScope() : emulated_(std::make_unique<EmulatedOps>()) {}
KernelScope::~KernelScope() = default;

}  // namespace gpst
