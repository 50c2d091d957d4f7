// Processes of one machine take its GPUs in turn.
#pragma once

#include <c10/core/Device.h>

#include <optional>

#include "cli/command.h"
#include "cli/rank.h"

namespace gpst {

// The device of --device; of several GPUs the one of the process's place on its machine, unless
// --device names a number. Logged where it is another one.
at::Device device_by_rank(const CommandContext& context, const std::optional<Rank>& rank);

}  // namespace gpst
