#include "cli/rank.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"

namespace gpst {
namespace {

using Variables = std::map<std::string, std::string>;

std::optional<Rank> rank_in(const Variables& variables) {
  return rank_of([&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

void expect_rank(const Variables& variables, int64_t number, int64_t count, int64_t local) {
  const auto rank = rank_in(variables);
  ASSERT_TRUE(rank);
  EXPECT_EQ(rank->number, number);
  EXPECT_EQ(rank->count, count);
  EXPECT_EQ(rank->local, local);
}

TEST(RankTest, EveryLauncherIsUnderstood) {
  expect_rank({{"RANK", "5"}, {"WORLD_SIZE", "8"}, {"LOCAL_RANK", "1"}}, 5, 8, 1);
  expect_rank({{"OMPI_COMM_WORLD_RANK", "2"},
               {"OMPI_COMM_WORLD_SIZE", "4"},
               {"OMPI_COMM_WORLD_LOCAL_RANK", "0"}},
              2, 4, 0);
  expect_rank({{"PMI_RANK", "3"}, {"PMI_SIZE", "4"}}, 3, 4, 3);
  expect_rank({{"PMI_RANK", "3"}, {"PMI_SIZE", "4"}, {"MPI_LOCALRANKID", "1"}}, 3, 4, 1);
  expect_rank({{"SLURM_PROCID", "6"}, {"SLURM_STEP_NUM_TASKS", "16"}, {"SLURM_LOCALID", "2"}}, 6,
              16, 2);
}

TEST(RankTest, TheInnermostLauncherCounts) {
  expect_rank(
      {{"RANK", "1"}, {"WORLD_SIZE", "2"}, {"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "1"}}, 1,
      2, 1);
}

TEST(RankTest, ProcessesOfAMachineAreCountedWhereTheLauncherDoes) {
  EXPECT_EQ(rank_in({{"RANK", "5"}, {"WORLD_SIZE", "8"}, {"LOCAL_WORLD_SIZE", "4"}})->local_count,
            4);
  EXPECT_FALSE(rank_in({{"RANK", "5"}, {"WORLD_SIZE", "8"}})->local_count);
}

TEST(RankTest, ABatchScriptIsNoRank) {
  EXPECT_FALSE(rank_in({}));
  EXPECT_FALSE(rank_in({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}, {"SLURM_JOB_ID", "7"}}));
}

TEST(RankTest, WhatDoesNotFitTogetherIsRefused) {
  EXPECT_THROW(rank_in({{"RANK", "0"}}), UsageError);
  EXPECT_THROW(rank_in({{"RANK", "2"}, {"WORLD_SIZE", "2"}}), UsageError);
  EXPECT_THROW(rank_in({{"RANK", "-1"}, {"WORLD_SIZE", "2"}}), UsageError);
  EXPECT_THROW(rank_in({{"RANK", "0"}, {"WORLD_SIZE", "two"}}), UsageError);
  EXPECT_THROW(rank_in({{"PMI_RANK", ""}, {"PMI_SIZE", "2"}}), UsageError);
}

}  // namespace
}  // namespace gpst
