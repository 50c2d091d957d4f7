// `gpstoken sample` for long runs: straight into an npz, broken off and taken up again, in shards,
// with balanced and random labels.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "io/npz.h"
#include "tests/cli/contains.h"
#include "tests/cli/generating_model.h"
#include "tests/cli/run_program.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

class SampleNpz : public GeneratingModel {
 protected:
  std::string at(const std::string& name) const { return folder_ / name; }
  ProgramRun sample(std::vector<std::string> words, const RunOptions& options = {}) const {
    words.insert(words.begin(), {"sample", "--model", model(), "--no-progress", "--all-classes"});
    return run_gpstoken(words, options);
  }
  json report_of(const ProgramRun& run) const {
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return json::parse(run.out);
  }
};

TEST_F(SampleNpz, PicturesGoStraightIntoIt) {
  const json report = report_of(sample({"--count", "5", "--npz", at("all.npz"), "--json"}));
  EXPECT_EQ(report, json::parse(read_text(at("all.json"))));
  EXPECT_EQ(report.at("made"), 5);
  EXPECT_EQ(report.at("model_rows"), 50);
  EXPECT_EQ(report.at("label_policy"), "balanced");
  EXPECT_EQ(report.at("rounding"), "truncate");
  EXPECT_EQ(report.at("per_class_min"), 2);
  EXPECT_EQ(report.at("per_class_max"), 3);
  EXPECT_FALSE(report.at("progress").empty());
  const json comment = json::parse(NpzReader::open(at("all.npz")).comment());
  EXPECT_EQ(comment.at("command"), "sample");
  EXPECT_EQ(comment.at("rounding"), "truncate");
  EXPECT_EQ(comment.at("label_policy"), "balanced");
  EXPECT_TRUE(contains(comment.at("settings"), "solver: euler"));
  // The same file as the one made from PNGs.
  ASSERT_EQ(sample({"--count", "5", "-o", at("out"), "--npz", at("pngs.npz")}).exit_code, 0);
  EXPECT_EQ(read_text(at("all.npz")), read_text(at("pngs.npz")));
  EXPECT_EQ(report_of(sample({"--count", "5", "--npz", at("all.npz"), "--json"})).at("kept"), 5);
  const ProgramRun other = sample({"--count", "5", "--npz", at("all.npz"), "--seed", "1"});
  EXPECT_EQ(other.exit_code, 4);
  EXPECT_TRUE(contains(other.err, "--overwrite"));
}

TEST_F(SampleNpz, KilledAtAnyWriteItGoesOnToTheSameBytes) {
  const std::vector<std::string> words = {"--count", "8", "--threads", "1", "--json", "--npz"};
  const auto to = [&](const std::string& name) {
    std::vector<std::string> result = words;
    result.push_back(at(name));
    return result;
  };
  ASSERT_EQ(sample(to("whole.npz")).exit_code, 0);
  // Writes: the journal's first line, then a picture and its line in turn, headers, labels, tail.
  for (const char* faults : {"write:1:KILL", "write:4:KILL", "write:5:KILL", "write:6:KILL",
                             "write:3:KILL", "write:4:KILL", "rename:1:KILL"}) {
    const ProgramRun killed =
        sample(to("all.npz"), {.environment = {{"GPST_TEST_FAULTS", faults}}});
    EXPECT_EQ(killed.exit_code, 137) << faults << killed.err;
    EXPECT_FALSE(fs::exists(at("all.npz")));
  }
  const json report = report_of(sample(to("all.npz")));
  EXPECT_EQ(report.at("kept"), 8);
  EXPECT_EQ(read_text(at("all.npz")), read_text(at("whole.npz")));
  EXPECT_FALSE(fs::exists(at("all.npz.partial")));
  EXPECT_FALSE(fs::exists(at("all.npz.journal")));
}

TEST_F(SampleNpz, AnInterruptAndAFullDiskKeepWhatIsDone) {
  const ProgramRun full = sample({"--count", "6", "--threads", "1", "--npz", at("all.npz")},
                                 {.environment = {{"GPST_TEST_FAULTS", "write:6+:ENOSPC"}}});
  EXPECT_EQ(full.exit_code, 4);
  EXPECT_TRUE(contains(full.err, "full"));
  const ProgramRun other = sample({"--count", "6", "--npz", at("all.npz"), "--steps", "7"});
  EXPECT_EQ(other.exit_code, 4) << "a run begun with other settings is not continued";
  const json report = report_of(sample({"--count", "6", "--npz", at("all.npz"), "--json"}));
  EXPECT_EQ(report.at("kept"), 2);
}

TEST_F(SampleNpz, ShardsAreTheWhole) {
  ASSERT_EQ(sample({"--count", "6", "--npz", at("all.npz")}).exit_code, 0);
  const NpzReader whole = NpzReader::open(at("all.npz"));
  const std::vector<std::byte> all = whole.read("arr_0").bytes;
  const size_t size = all.size() / 6;
  const std::map<std::string, std::string> first = {{"RANK", "0"}, {"WORLD_SIZE", "2"}};
  const ProgramRun ranked =
      sample({"--count", "6", "--npz", at("some.npz")}, {.environment = first});
  ASSERT_EQ(ranked.exit_code, 0) << ranked.err;
  EXPECT_TRUE(contains(ranked.err, "WORLD_SIZE=2"));
  ASSERT_EQ(sample({"--count", "6", "--npz", at("some.npz"), "--shard", "1/2"}).exit_code, 0);
  for (size_t shard = 0; shard < 2; ++shard) {
    const std::string name = "some." + std::to_string(shard) + "-of-2";
    EXPECT_TRUE(fs::exists(at(name + ".json")));
    const std::vector<std::byte> part = NpzReader::open(at(name + ".npz")).read("arr_0").bytes;
    ASSERT_EQ(part.size(), 3 * size);
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(std::equal(part.begin() + i * size, part.begin() + (i + 1) * size,
                             all.begin() + (2 * i + shard) * size));
    }
  }
  // --shard overrides the launcher; variables that say nothing sensible are refused.
  ASSERT_EQ(
      sample({"--count", "6", "--npz", at("again.npz"), "--shard", "0/1"}, {.environment = first})
          .exit_code,
      0);
  EXPECT_EQ(read_text(at("again.npz")), read_text(at("all.npz")));
  EXPECT_EQ(sample({"--npz", at("x.npz")}, {.environment = {{"RANK", "3"}}}).exit_code, 2);
}

TEST_F(SampleNpz, ShardsInOneFolderBecomeOneNpz) {
  ASSERT_EQ(sample({"--count", "6", "--npz", at("all.npz")}).exit_code, 0);
  for (const char* shard : {"0/2", "1/2"}) {
    const ProgramRun run =
        sample({"--count", "6", "-o", at("out"), "--shard", shard}, {.directory = folder_.path()});
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 3)
      << "all.npz, all.json, out";
  EXPECT_TRUE(fs::exists(at("out/report.1-of-2.json")));
  const json report = report_of(
      sample({"--count", "6", "-o", at("out"), "--npz", at("out/samples.npz"), "--json"}));
  EXPECT_EQ(report.at("kept"), 6);
  EXPECT_EQ(read_text(at("out/samples.npz")), read_text(at("all.npz")));
}

TEST_F(SampleNpz, LabelsAreBalancedOrDrawn) {
  const json balanced =
      report_of(sample({"--count", "40", "--dry-run", "--json", "-o", at("out")}));
  EXPECT_EQ(balanced.at("per_class_min"), 20);
  EXPECT_EQ(balanced.at("per_class_max"), 20);
  const std::vector<std::string> random = {"--labels", "random", "--steps", "2", "--json"};
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.end(), random.begin(), random.end());
    return sample(words);
  };
  const json report = report_of(run({"--count", "9", "-o", at("out")}));
  EXPECT_EQ(report.at("label_policy"), "random");
  const json tail = report_of(run({"--count", "2", "--start", "7", "-o", at("tail")}));
  EXPECT_EQ(read_text(at("tail/000008.png")), read_text(at("out/000008.png")));
  EXPECT_NE(read_text(at("out/labels.txt")), "0\n1\n0\n1\n0\n1\n0\n1\n0\n");
  EXPECT_EQ(run({"--per-class", "2", "-o", at("other")}).exit_code, 2);
}

TEST_F(SampleNpz, Dopri5CountsItsRows) {
  const json report =
      report_of(sample({"--count", "2", "--npz", at("all.npz"), "--solver", "dopri5", "--json"}));
  EXPECT_GT(report.at("model_rows").get<int64_t>(), 0);
  EXPECT_DOUBLE_EQ(report.at("rows_per_picture").get<double>(),
                   report.at("model_rows").get<double>() / 2);
}

TEST_F(SampleNpz, OutputsMustFit) {
  EXPECT_EQ(sample({}).exit_code, 2);
  EXPECT_EQ(sample({"--npz", at("all.json")}).exit_code, 2);
  const ProgramRun grid = sample({"--grid", "--npz", at("all.npz")});
  EXPECT_EQ(grid.exit_code, 2);
  EXPECT_TRUE(contains(grid.err, "-o"));
}

}  // namespace
}  // namespace gpst
