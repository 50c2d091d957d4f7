#include "cli/training_group.h"

#include <fmt/format.h>

#include "cli/meeting_place.h"

namespace gpst {

void GroupOptions::visit(FieldVisitor& v) {
  v.field({.name = "rendezvous",
           .help = "HOST:PORT where the processes of a launch meet, HOST being that of process 0; "
                   "without: as the launcher says"},
          rendezvous);
  timeout.visit(v);
}

std::optional<Rank> training_rank() {
  const std::optional<Rank> rank = rank_of(process_environment());
  return rank && rank->count > 1 ? rank : std::nullopt;
}

std::unique_ptr<ProcessGroup> join_training(const CommandContext& context) {
  const std::optional<Rank> rank = training_rank();
  if (!rank) return nullptr;
  const auto options = context.options<GroupOptions>("");
  const MeetingPlace place = meeting_place(options.rendezvous, *rank, process_environment());
  context.log.info(fmt::format("process {} of {} ({}), meeting at {}:{}", rank->number, rank->count,
                               rank->variables, place.host, place.port));
  return ProcessGroup::join({.rank = static_cast<int>(rank->number),
                             .size = static_cast<int>(rank->count),
                             .host = place.host,
                             .port = place.port,
                             .timeout = std::chrono::seconds(options.timeout.seconds)});
}

}  // namespace gpst
