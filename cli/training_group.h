// The processes of one launch that train together.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/config.h"
#include "cli/command.h"
#include "cli/launch_timeout.h"
#include "cli/rank.h"
#include "train/process_group.h"

namespace gpst {

struct GroupOptions {
  std::string rendezvous;  // HOST:PORT; empty: as meeting_place.h says
  LaunchTimeout timeout;

  void visit(FieldVisitor& visitor);
};

// The place of this process in a launch of several; none: it trains alone.
std::optional<Rank> training_rank();

// Waits until all processes of the launch are there; null when there is one only.
std::unique_ptr<ProcessGroup> join_training(const CommandContext& context);

}  // namespace gpst
