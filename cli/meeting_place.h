// Where the processes of a launch find each other.
#pragma once

#include <cstdint>
#include <string>

#include "cli/rank.h"

namespace gpst {

struct MeetingPlace {
  std::string host;
  uint16_t port = 0;
};

// What `option` ("HOST:PORT", HOST being where process 0 runs) says; where it is empty MASTER_ADDR
// and MASTER_PORT, as torchrun sets them; under Slurm the first machine of the step and a port that
// follows from the job's number; on a single machine 127.0.0.1:29500. UsageError when none of them
// says it, and for what is no host and port.
MeetingPlace meeting_place(const std::string& option, const Rank& rank,
                           const Environment& environment);

// The first machine of a list as Slurm writes it: "node03" of "node[03-05,07],big1".
std::string first_machine(const std::string& list);

}  // namespace gpst
