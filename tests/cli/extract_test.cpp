// `gpstoken extract`, run as a user runs it.
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "io/safetensors.h"
#include "tests/cli/contains.h"
#include "tests/cli/model_fixture.h"
#include "tests/cli/run_program.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

class Extract : public ::testing::Test {
 protected:
  void SetUp() override {
    write_tiny_model(folder_ / "model");
    for (int i = 0; i < 6; ++i) {
      const std::string name = (i < 2 ? "in/n1/" : "in/n0/") + std::to_string(i) + ".png";
      write_test_picture(folder_ / name, 9 * i);
    }
  }

  ProgramRun extract(std::vector<std::string> words, const RunOptions& options = {}) const {
    words.insert(words.begin(),
                 {"extract", folder_ / "in", "--model", folder_ / "model", "--no-progress"});
    if (std::ranges::find(words, "--shard-size") == words.end()) {
      words.insert(words.end(), {"--shard-size", "4"});
    }
    return run_gpstoken(words, options);
  }
  // One shard a picture, `count` processes at the same time; their runs by number.
  std::vector<ProgramRun> extract_together(const std::string& output, int count,
                                           const std::map<int, std::string>& faults = {},
                                           const std::vector<std::string>& more = {}) const {
    std::vector<std::future<ProgramRun>> runs;
    for (int i = 0; i < count; ++i) {
      RunOptions options{.environment = {{"RANK", std::to_string(i)},
                                         {"WORLD_SIZE", std::to_string(count)},
                                         {"LOCAL_RANK", std::to_string(i)},
                                         {"LOCAL_WORLD_SIZE", std::to_string(count)}}};
      if (faults.contains(i)) options.environment["GPST_TEST_FAULTS"] = faults.at(i);
      std::vector<std::string> words = {"-o", path(output), "--shard-size", "1"};
      words.insert(words.end(), more.begin(), more.end());
      runs.push_back(std::async(std::launch::async, [=, this] { return extract(words, options); }));
    }
    std::vector<ProgramRun> results;
    for (auto& run : runs) results.push_back(run.get());
    return results;
  }

  void expect_same_files(const std::string& made, const std::string& expected) const {
    const auto names = [&](const std::string& output) {
      std::set<std::string> found;
      for (const auto& entry : fs::directory_iterator(folder_ / output)) {
        found.insert(entry.path().filename().string());
      }
      return found;
    };
    EXPECT_EQ(names(made), names(expected));
    for (const std::string& name : names(expected)) {
      if (name == ".lock") continue;
      EXPECT_EQ(read_text(folder_ / made / name), read_text(folder_ / expected / name)) << name;
    }
  }

  std::string path(const std::string& name) const { return folder_ / name; }

  // "labels" of the first shard.
  std::vector<int64_t> labels(const std::string& output) const {
    const auto file = SafetensorsFile::open(path(output + "/tokens_00000.safetensors"));
    return to_int64(file.get("labels"));
  }

  TemporaryFolder folder_;
};

TEST_F(Extract, WritesShardsIndexClassesAndLayouts) {
  const ProgramRun run =
      extract({"-o", path("t"), "--flips", "--layouts", path("store/l.safetensors"), "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(json::parse(run.out).at("n_samples"), 6);
  EXPECT_EQ(json::parse(run.out).at("shards"), 2);
  expect_run_facts(run.out);
  const json index = json::parse(read_text(path("t/index.json")));
  EXPECT_EQ(index.at("complete"), true);
  EXPECT_EQ(index.at("statistics").at("texture").at("mean").size(), 9U);
  EXPECT_EQ(labels("t"), (std::vector<int64_t>{0, 0, 0, 0}));  // n0 is lion, row 0
  EXPECT_EQ(read_text(path("t/classes.tsv")), "label\twnid\tname\n0\tn0\tlion\n1\tn1\ttiger\n");
  EXPECT_EQ(SafetensorsFile::open(path("store/l.safetensors")).get("layouts").shape,
            (std::vector<int64_t>{6, 16, 5}));
  EXPECT_TRUE(contains(run_gpstoken({"verify", path("t")}).out, "all is well"));
}

TEST_F(Extract, LabelsAreRowsOfTheTable) {
  write_text(folder_ / "mine.tsv", "index\twnid\tname\n107\tn1\ttiger\n1\tn5\tcat\n9\tn0\tlion\n");
  ASSERT_EQ(extract({"-o", path("t"), "--class-table", path("mine.tsv")}).exit_code, 0);
  EXPECT_EQ(labels("t"), (std::vector<int64_t>{2, 2, 2, 2}));
  write_text(folder_ / "poor.tsv", "0\tn1\ttiger\n");
  const ProgramRun unknown = extract({"-o", path("u"), "--class-table", path("poor.tsv")});
  EXPECT_EQ(unknown.exit_code, 3);
  EXPECT_TRUE(contains(unknown.err, "n0"));
}

TEST_F(Extract, AKilledExtractionGoesOnToTheSameBytes) {
  ASSERT_EQ(extract({"-o", path("whole"), "--threads", "2"}).exit_code, 0);
  for (const char* fault : {"rename:2:KILL", "write:4:KILL"}) {
    EXPECT_EQ(extract({"-o", path("t")}, {.environment = {{"GPST_TEST_FAULTS", fault}}}).exit_code,
              137)
        << fault;
  }
  ASSERT_EQ(extract({"-o", path("t"), "--threads", "1"}).exit_code, 0);
  for (const char* name : {"tokens_00000.safetensors", "tokens_00001.safetensors", "index.json"}) {
    EXPECT_EQ(read_text(path("t/") + name), read_text(path("whole/") + name)) << name;
  }
}

TEST_F(Extract, VerifyNamesTheShardThatIsNotWhatItWas) {
  ASSERT_EQ(extract({"-o", path("t")}).exit_code, 0);
  const std::string shard = path("t/tokens_00001.safetensors"), whole = read_text(shard);
  const auto expect_named = [&](const char* what) {
    const ProgramRun run = run_gpstoken({"verify", path("t")});
    EXPECT_EQ(run.exit_code, 3) << what << "\n" << run.out << run.err;
    EXPECT_TRUE(contains(run.out + run.err, "tokens_00001")) << what;
    EXPECT_FALSE(contains(run.out + run.err, "all is well")) << what;
  };
  std::string changed = whole;
  changed[changed.size() / 2] ^= 1;
  write_text(shard, changed);
  expect_named("one bit");
  write_text(shard, whole.substr(0, whole.size() - 5));
  expect_named("cut");
  fs::remove(shard);
  expect_named("gone");
  write_text(shard, whole);
  EXPECT_EQ(run_gpstoken({"verify", path("t")}).exit_code, 0);
}

TEST_F(Extract, ASignalEndsItWithItsCode) {
  const ProgramRun run = extract({"-o", path("t"), "--shard-size", "1", "--threads", "1"},
                                 {.interrupt_when = path("t/index.json")});
  EXPECT_EQ(run.exit_code, 130) << run.err;
  ASSERT_TRUE(fs::exists(path("t/index.json")));
  EXPECT_EQ(json::parse(read_text(path("t/index.json"))).at("complete"), false);
}

TEST_F(Extract, ABadPictureCostsItselfOnly) {
  write_text(folder_ / "in/n0/bad.png", "not a picture");
  EXPECT_EQ(extract({"-o", path("t")}).exit_code, 7);
  EXPECT_TRUE(contains(read_text(path("t/rejects.jsonl")), "bad.png"));
  EXPECT_EQ(extract({"-o", path("t")}).exit_code, 7) << "the finished one still has a reject";
}

TEST_F(Extract, MistakesHaveTheirExitCodes) {
  EXPECT_EQ(extract({}).exit_code, 2);
  EXPECT_EQ(run_gpstoken({"extract", "--model", path("model"), "-o", path("t")}).exit_code, 2);
  EXPECT_EQ(extract({"-o", path("t"), "--held-out", "6"}).exit_code, 3);
  EXPECT_EQ(extract({"-o", path("t"), "--tokens", "1000"}).exit_code, 3);
  fs::remove_all(path("t"));
  ASSERT_EQ(extract({"-o", path("t")}).exit_code, 0);
  const ProgramRun other = extract({"-o", path("t"), "--tokens", "8"});
  EXPECT_EQ(other.exit_code, 3);
  EXPECT_TRUE(contains(other.err, "--overwrite"));
  EXPECT_EQ(extract({"-o", path("t"), "--tokens", "8", "--overwrite"}).exit_code, 0);
}

TEST_F(Extract, AFullDiskIsNamed) {
  const ProgramRun run =
      extract({"-o", path("t")}, {.environment = {{"GPST_TEST_FAULTS", "write:1+:ENOSPC"}}});
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_TRUE(contains(run.err, "full"));
  EXPECT_EQ(extract({"-o", path("t")}).exit_code, 0);
}

TEST_F(Extract, ProcessesOfALaunchFillOneFolder) {
  write_text(folder_ / "in/n0/bad.png", "not a picture");
  ASSERT_EQ(extract({"-o", path("whole"), "--shard-size", "1"}).exit_code, 7);
  const auto runs = extract_together("t", 3);
  EXPECT_EQ(runs[0].exit_code, 7) << runs[0].err;
  EXPECT_EQ(runs[1].exit_code, 0) << runs[1].err;
  EXPECT_EQ(runs[2].exit_code, 0) << runs[2].err;
  EXPECT_TRUE(contains(runs[0].err, "shard 0/3 (RANK=0, WORLD_SIZE=3)"));
  EXPECT_TRUE(contains(runs[2].out, "part 2/3"));
  expect_same_files("t", "whole");
}

TEST_F(Extract, AKilledProcessEndsTheLaunchWhichGoesOnToTheSameBytes) {
  ASSERT_EQ(extract({"-o", path("whole"), "--shard-size", "1"}).exit_code, 0);
  const auto runs = extract_together("t", 2, {{1, "rename:4:KILL"}}, {"--timeout", "1"});
  EXPECT_EQ(runs[1].exit_code, 137);
  EXPECT_EQ(runs[0].exit_code, 4) << runs[0].err;
  EXPECT_TRUE(contains(runs[0].err, "process 1 of 2 has not run for 1 s")) << runs[0].err;
  EXPECT_EQ(extract_together("t", 2, {{0, "rename:1:KILL"}})[0].exit_code, 137);
  const auto rest = extract_together("t", 2);
  EXPECT_EQ(rest[0].exit_code, 0) << rest[0].err;
  EXPECT_EQ(rest[1].exit_code, 0) << rest[1].err;
  expect_same_files("t", "whole");
}

TEST_F(Extract, ProcessesOfALaunchDoNotOverwrite) {
  const ProgramRun run = extract({"-o", path("t"), "--shard", "1/2", "--overwrite"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_TRUE(contains(run.err, "remove the folder first"));
  EXPECT_EQ(extract({"-o", path("t"), "--shard", "2/2"}).exit_code, 2);
}

TEST_F(Extract, ADryRunWritesNothing) {
  const ProgramRun run = extract({"-o", path("t"), "--dry-run", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(json::parse(run.out).at("n_samples"), 6);
  EXPECT_EQ(json::parse(run.out).at("classes"), 2);
  EXPECT_FALSE(fs::exists(path("t")));
}

}  // namespace
}  // namespace gpst
