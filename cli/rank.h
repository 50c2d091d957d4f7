// Which of several processes of one launch this is, as launchers say it in environment variables.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace gpst {

struct Rank {
  int64_t number = 0;                       // of the process, from 0
  int64_t count = 1;                        // of processes
  int64_t local = 0;                        // of the process on its machine
  std::optional<int64_t> local_count = {};  // of processes on its machine, where that is said
  std::string variables = {};               // that said so, for messages
};

// A variable's value; none when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

// The first that is there of torchrun (RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE), Open MPI
// (OMPI_COMM_WORLD_RANK, _SIZE, _LOCAL_RANK, _LOCAL_SIZE), MPICH and Intel MPI (PMI_RANK, PMI_SIZE,
// MPI_LOCALRANKID, MPI_LOCALNRANKS) and Slurm (SLURM_PROCID, SLURM_STEP_NUM_TASKS, SLURM_LOCALID,
// SLURM_NTASKS_PER_NODE): launchers that start others come last. A Slurm batch script itself is no
// rank. UsageError for a number without its count, and for values that are no numbers or do not fit
// together.
std::optional<Rank> rank_of(const Environment& environment);

}  // namespace gpst
