#include "cli/meeting_place.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"

namespace gpst {
namespace {

const Rank kOnTwoMachines{.number = 1, .count = 8, .local = 1, .local_count = 4};

std::string place_of(const std::string& option, const Rank& rank,
                     const std::map<std::string, std::string>& variables) {
  const MeetingPlace place =
      meeting_place(option, rank, [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
      });
  return place.host + ":" + std::to_string(place.port);
}

TEST(MeetingPlace, TheOptionComesFirst) {
  EXPECT_EQ(place_of("node7:4000", kOnTwoMachines, {{"MASTER_ADDR", "other"}}), "node7:4000");
  EXPECT_EQ(place_of("::1:4000", kOnTwoMachines, {}), "::1:4000");
}

TEST(MeetingPlace, TorchrunSaysIt) {
  EXPECT_EQ(place_of("", kOnTwoMachines, {{"MASTER_ADDR", "a.b"}, {"MASTER_PORT", "1234"}}),
            "a.b:1234");
  EXPECT_EQ(place_of("", kOnTwoMachines, {{"MASTER_ADDR", "a.b"}}), "a.b:29500");
}

TEST(MeetingPlace, SlurmNamesTheMachines) {
  EXPECT_EQ(place_of("", kOnTwoMachines,
                     {{"SLURM_STEP_NODELIST", "node[03-05]"}, {"SLURM_JOB_ID", "1000007"}}),
            "node03:20007");
  EXPECT_EQ(place_of("", kOnTwoMachines, {{"SLURM_JOB_NODELIST", "big1"}}), "big1:20000");
}

TEST(MeetingPlace, OneMachineNeedsNothing) {
  EXPECT_EQ(place_of("", {.number = 1, .count = 2, .local = 1, .local_count = 2}, {}),
            "127.0.0.1:29500");
}

TEST(MeetingPlace, FirstMachineOfAList) {
  EXPECT_EQ(first_machine("node7"), "node7");
  EXPECT_EQ(first_machine("big1,node[03-05,07]"), "big1");
  EXPECT_EQ(first_machine("node[03-05,07],big1"), "node03");
  EXPECT_EQ(first_machine("rack[1,3]-node,big1"), "rack1-node");
}

TEST(MeetingPlace, WhatNobodySaysIsAskedFor) {
  try {
    place_of("", kOnTwoMachines, {});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("--rendezvous HOST:PORT"), std::string::npos);
  }
}

TEST(MeetingPlace, NonsenseIsRefused) {
  for (const char* option : {"node7", ":4000", "node7:", "node7:0", "node7:65536", "node7:4x"}) {
    EXPECT_THROW(place_of(option, kOnTwoMachines, {}), UsageError) << option;
  }
  EXPECT_THROW(place_of("", kOnTwoMachines, {{"MASTER_ADDR", "a"}, {"MASTER_PORT", "x"}}),
               UsageError);
  EXPECT_THROW(place_of("", kOnTwoMachines, {{"MASTER_ADDR", ""}}), UsageError);
}

}  // namespace
}  // namespace gpst
