#pragma once

#include <c10/core/Device.h>

#include <string>
#include <vector>

#include "base/log.h"
#include "cli/command.h"

namespace gpst {

// The device --device names, ready for use (ops/device.h, which says what is thrown), and a line
// about what `auto` chose. For a command that computes nothing `auto` is the CPU without a look at
// the machine.
at::Device check_device(const Command& command, const CommonOptions& common, Log& log);

// What this build has of CUDA, and what the machine has, in one line.
std::string cuda_summary();

// "cuda:0 (NVIDIA H100, compute capability 9.0, 81559 MiB)" and so on.
std::vector<std::string> cuda_device_names();

}  // namespace gpst
