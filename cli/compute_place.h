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
  std::string asked_type = "auto";  // --dtype, for reports

  // On a GPU pictures go in batches; on the CPU one a thread.
  bool in_batches() const { return !device.is_cpu(); }
  // For what is written with a picture: "cpu" or "cuda", "fp32" or "bf16". Pictures of two GPUs
  // differ as little as those of one in two batches.
  std::string device_kind() const;
  std::string type_name() const;
  // For reports: the device as its maker calls it.
  std::string device_name() const;
};

// --dtype auto is bf16 on a CPU with products in it (base/system.h), fp32 elsewhere. The log says
// when auto takes bf16, and when bf16 brings nothing on this CPU.
ComputePlace compute_place(const CommandContext& context);
// For what has to be comparable from machine to machine: auto is fp32.
ComputePlace reference_place(const CommandContext& context);

}  // namespace gpst
