#include "cli/shard_of_launch.h"

#include <fmt/format.h>

#include "cli/sample_request.h"
#include "ops/device.h"

namespace gpst {

ChosenShard choose_shard(const std::string& option, Log& log) {
  if (!option.empty()) return {parse_shard(option), std::nullopt};
  const std::optional<Rank> rank = rank_of(process_environment());
  if (!rank) return {};
  log.info(fmt::format("shard {}/{} ({}); --shard 0/1 makes all pictures", rank->number,
                       rank->count, rank->variables));
  return {{.number = rank->number, .count = rank->count}, rank};
}

ComputePlace place_by_rank(const CommandContext& context, const std::optional<Rank>& rank) {
  ComputePlace place = compute_place(context);
  const bool numbered = context.common.device.find(':') != std::string::npos;
  if (!rank || place.device.is_cpu() || numbered) return place;
  const auto devices = static_cast<int64_t>(cuda_driver().devices.size());
  if (devices < 2) return place;
  const ChosenDevice chosen = choose_device(fmt::format("cuda:{}", rank->local % devices));
  context.log.info(
      fmt::format("device: {}, by the local rank {}", chosen.description, rank->local));
  place.device = chosen.device;
  return place;
}

}  // namespace gpst
