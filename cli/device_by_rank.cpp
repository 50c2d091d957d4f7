#include "cli/device_by_rank.h"

#include <fmt/format.h>

#include "ops/device.h"

namespace gpst {

at::Device device_by_rank(const CommandContext& context, const std::optional<Rank>& rank) {
  const bool numbered = context.common.device.find(':') != std::string::npos;
  if (!rank || context.device.is_cpu() || numbered) return context.device;
  const auto devices = static_cast<int64_t>(cuda_driver().devices.size());
  if (devices < 2) return context.device;
  const ChosenDevice chosen = choose_device(fmt::format("cuda:{}", rank->local % devices));
  context.log.info(
      fmt::format("device: {}, by the local rank {}", chosen.description, rank->local));
  return chosen.device;
}

}  // namespace gpst
