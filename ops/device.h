// Where to compute: the names people give to devices, and making CUDA ready when it is asked for.
#pragma once

#include <c10/core/Device.h>

#include <string>
#include <string_view>

#include "ops/cuda_driver.h"
#include "ops/cuda_library.h"

namespace gpst {

struct ChosenDevice {
  at::Device device = at::kCPU;
  // For people: what the device is, and why `auto` took it.
  std::string description = {};
  // `auto` had a choice, or its user may have counted on one: the build has CUDA, or the machine
  // has a device. Worth a line.
  bool notable = false;
};

// The device behind `auto`, `cpu`, `cuda` (its first device) or `cuda:N`, ready for use: when it is
// a CUDA device, load_cuda_ops() was called. `auto` takes the first CUDA device where there is one
// that this build can use, else the CPU. Throws UsageError for another name, DeviceError when a
// CUDA device is named and the build, the driver or the device is not there: nothing falls back.
// Call it before any other use of LibTorch.
ChosenDevice choose_device(std::string_view name);

// The same without loading anything, for any build and machine.
ChosenDevice choose_device(std::string_view name, const CudaBuild& build, const CudaDriver& driver);

// Makes CUDA usable: the ops and LibTorch have their CUDA kernels afterwards. Thread-safe, free
// when called again. Must come before LibTorch is first asked about CUDA. Throws DeviceError as
// above.
void load_cuda_ops();

}  // namespace gpst
