#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <string>

#include "cli/command.h"

namespace gpst {

// Where and in what type a command's networks compute, as --device and --dtype say.
struct ComputePlace {
  at::Device device = at::kCPU;
  at::ScalarType type = at::kFloat;

  // On a GPU pictures go in batches; on the CPU one a thread.
  bool in_batches() const { return !device.is_cpu(); }
  // For what is written with a picture: "cpu" or "cuda", "fp32" or "bf16". Pictures of two GPUs
  // differ as little as those of one in two batches.
  std::string device_kind() const;
  std::string type_name() const;
  // For reports: the device as its maker calls it.
  std::string device_name() const;
};

// DeviceError for --dtype bf16 on the CPU, whose networks compute in fp32.
ComputePlace compute_place(const CommandContext& context);

}  // namespace gpst
