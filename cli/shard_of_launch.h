// What a process of a launch does of the whole, and where.
#pragma once

#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/compute_place.h"
#include "cli/rank.h"
#include "sampler/sample_plan.h"

namespace gpst {

struct ChosenShard {
  Shard shard;
  std::optional<Rank> rank;  // where a launcher said which
};

// The shard `option` names ("i/n"), or where it is empty the place of this process among those of
// its launch, which is logged; without a launch all. UsageError as parse_shard and rank_of.
ChosenShard choose_shard(const std::string& option, Log& log);

// compute_place(), on the device of device_by_rank().
ComputePlace place_by_rank(const CommandContext& context, const std::optional<Rank>& rank);

// --threads; where it is not given the processes of a machine share its cores.
int threads_by_rank(const CommandContext& context, const std::optional<Rank>& rank);

}  // namespace gpst
