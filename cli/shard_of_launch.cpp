#include "cli/shard_of_launch.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/device_by_rank.h"
#include "cli/sample_request.h"

namespace gpst {

ChosenShard choose_shard(const std::string& option, Log& log) {
  if (!option.empty()) return {parse_shard(option), std::nullopt};
  const std::optional<Rank> rank = rank_of(process_environment());
  if (!rank) return {};
  log.info(fmt::format("shard {}/{} ({}); --shard 0/1 does all", rank->number, rank->count,
                       rank->variables));
  return {{.number = rank->number, .count = rank->count}, rank};
}

ComputePlace place_by_rank(const CommandContext& context, const std::optional<Rank>& rank) {
  ComputePlace place = compute_place(context);
  place.device = device_by_rank(context, rank);
  return place;
}

int threads_by_rank(const CommandContext& context, const std::optional<Rank>& rank) {
  const int threads = context.common.worker_threads();
  if (context.common.threads != 0 || !rank || !rank->local_count) return threads;
  return std::max(1, threads / static_cast<int>(*rank->local_count));
}

}  // namespace gpst
