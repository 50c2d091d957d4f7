#include "cli/rank.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/error.h"

namespace gpst {
namespace {

struct Launcher {
  const char* number;
  const char* count;
  const char* local;
  const char* local_count;
  // Whether the number means a process only where the count stands too.
  bool number_stands_alone = false;
};

constexpr Launcher kLaunchers[] = {
    {"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"},
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE"},
    {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"},
    {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE", true}};

constexpr const char* kAdvice =
    "correct or unset it; sample and extract take their part from --shard i/n, too (0/1: all)";

int64_t number_in(const std::string& name, const std::string& text) {
  int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end || value < 0) {
    throw UsageError(fmt::format("{}=\"{}\": expected a number from 0; {}", name, text, kAdvice));
  }
  return value;
}

std::optional<Rank> rank_of(const Launcher& launcher, const Environment& environment) {
  const auto number = environment(launcher.number);
  const auto count = environment(launcher.count);
  if (!number || (!count && launcher.number_stands_alone)) return std::nullopt;
  if (!count) {
    throw UsageError(fmt::format("{}={} is set, but {} is not; {}", launcher.number, *number,
                                 launcher.count, kAdvice));
  }
  Rank rank{
      .number = number_in(launcher.number, *number),
      .count = number_in(launcher.count, *count),
      .variables = fmt::format("{}={}, {}={}", launcher.number, *number, launcher.count, *count)};
  if (rank.number >= rank.count) {
    throw UsageError(
        fmt::format("{}: the number must be below the count; {}", rank.variables, kAdvice));
  }
  const auto local = environment(launcher.local);
  rank.local = local ? number_in(launcher.local, *local) : rank.number;
  if (const auto count_here = environment(launcher.local_count)) {
    rank.local_count = std::max<int64_t>(1, number_in(launcher.local_count, *count_here));
  }
  return rank;
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

std::optional<Rank> rank_of(const Environment& environment) {
  for (const Launcher& launcher : kLaunchers) {
    if (auto rank = rank_of(launcher, environment)) return rank;
  }
  return std::nullopt;
}

}  // namespace gpst
