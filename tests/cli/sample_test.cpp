// `gpstoken sample`, run as a user runs it, on a tiny model with random weights.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/system.h"
#include "io/npz.h"
#include "tests/cli/contains.h"
#include "tests/cli/generating_model.h"
#include "tests/cli/model_fixture.h"
#include "tests/cli/run_program.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

class Sample : public GeneratingModel {
 protected:
  std::string out(const std::string& name = "") const { return folder_ / ("out/" + name); }

  ProgramRun sample(std::vector<std::string> words, const RunOptions& options = {}) const {
    if (std::find(words.begin(), words.end(), "-o") == words.end()) {
      words.insert(words.begin(), {"-o", out()});
    }
    words.insert(words.begin(), {"sample", "--model", model(), "--no-progress"});
    return run_gpstoken(words, options);
  }
};

TEST_F(Sample, WritesTheFixedNames) {
  const ProgramRun run = sample({"--classes", "tiger,n0", "--count", "3", "--grid", "--npz",
                                 folder_ / "deep/all.npz", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* name : {"000000.png", "000001.png", "000002.png", "grid.png"}) {
    EXPECT_TRUE(fs::exists(out(name))) << name;
  }
  EXPECT_EQ(read_text(out("labels.txt")), "1\n0\n1\n");
  const json report = json::parse(run.out);
  EXPECT_EQ(report, json::parse(read_text(out("report.json"))));
  EXPECT_EQ(report.at("n_samples"), 3);
  EXPECT_EQ(report.at("made"), 3);
  EXPECT_EQ(report.at("rows_per_picture"), 10);  // 5 steps of 2 rows
  EXPECT_EQ(NpzReader::open(folder_ / "deep/all.npz").header("arr_0").shape,
            (std::vector<int64_t>{3, 32, 32, 3}));
  const json info = json::parse(run_gpstoken({"info", "--json", out("000002.png")}).out);
  EXPECT_EQ(info.at("text").at("gpst:command"), "sample");
  EXPECT_EQ(info.at("text").at("gpst:label"), "1");
  EXPECT_TRUE(contains(info.at("text").at("gpst:settings"), "steps: 6"));
  EXPECT_EQ(info.at("text").at("gpst:device"), "cpu");
  EXPECT_EQ(info.at("text").at("gpst:dtype"), "fp32");
  expect_run_facts(run.out);
}

TEST_F(Sample, Bfloat16IsNearAndRecorded) {
  const ProgramRun exact = sample({"--all-classes", "--count", "2"});
  const ProgramRun rough = sample(
      {"--all-classes", "--count", "2", "--dtype", "bf16", "--json", "-o", folder_ / "rough"});
  ASSERT_EQ(rough.exit_code, 0) << rough.err;
  EXPECT_EQ(contains(rough.err, "no products in it"), !cpu_has_bf16()) << rough.err;
  const json report = json::parse(rough.out);
  EXPECT_EQ(report.at("dtype"), "bf16");
  EXPECT_EQ(report.at("dtype_asked"), "bf16");
  const ProgramRun paired = run_gpstoken(
      {"evaluate", "--paired", out(), folder_ / "rough", "--metrics", "psnr", "--json"});
  ASSERT_EQ(paired.exit_code, 0) << paired.err;
  EXPECT_EQ(json::parse(paired.out).at("identical"), 0);
  EXPECT_GT(json::parse(paired.out).at("psnr"), 25);
  const json info = json::parse(run_gpstoken({"info", "--json", folder_ / "rough/000000.png"}).out);
  EXPECT_EQ(info.at("text").at("gpst:dtype"), "bf16");
  // A folder of the other type is not gone on with.
  EXPECT_NE(sample({"--all-classes", "--count", "3", "--dtype", "bf16"}).exit_code, 0);
}

TEST_F(Sample, AutoTakesWhatTheProcessorMultipliesIn) {
  const ProgramRun run = sample({"--all-classes", "--json"}, {.in_fp32 = false});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json report = json::parse(run.out);
  EXPECT_EQ(report.at("dtype"), cpu_has_bf16() ? "bf16" : "fp32");
  EXPECT_EQ(report.at("dtype_asked"), "auto");
  EXPECT_EQ(contains(run.err, "networks compute in bf16"), cpu_has_bf16()) << run.err;
}

TEST_F(Sample, DevicesThatAreNotThereAreRefused) {
  EXPECT_EQ(sample({"--all-classes", "--device", "cuda"}).exit_code, 5);
  EXPECT_FALSE(fs::exists(out("000000.png")));
}

TEST_F(Sample, BytesDoNotDependOnThreadsBatchesOrShards) {
  ASSERT_EQ(sample({"--all-classes", "--per-class", "3", "--threads", "2"}).exit_code, 0);
  const std::string other = folder_ / "other";
  for (const char* shard : {"1/2", "0/2"}) {
    ASSERT_EQ(sample({"--all-classes", "--per-class", "3", "--threads", "1", "--batch-size", "7",
                      "--shard", shard, "-o", other})
                  .exit_code,
              0);
  }
  for (const char* name : {"000000.png", "000003.png", "000005.png", "labels.txt"}) {
    EXPECT_EQ(read_text(out(name)), read_text(other + "/" + name)) << name;
  }
  const std::string tail = folder_ / "tail";
  ASSERT_EQ(sample({"--all-classes", "--count", "1", "--start", "5", "-o", tail}).exit_code, 0);
  EXPECT_EQ(read_text(tail + "/000005.png"), read_text(out("000005.png")));
  EXPECT_FALSE(fs::exists(tail + "/000004.png"));
}

TEST_F(Sample, AnInterruptedRunGoesOnToTheSameBytes) {
  const std::vector<std::string> words = {"--classes", "lion", "--count",   "30",
                                          "--steps",   "40",   "--threads", "1"};
  const ProgramRun stopped = sample(words, {.interrupt_when = out("000001.png")});
  EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_FALSE(fs::exists(out("000029.png")));
  const ProgramRun killed = sample(words, {.environment = {{"GPST_TEST_FAULTS", "rename:3:KILL"}}});
  EXPECT_EQ(killed.exit_code, 137);
  std::vector<std::string> last = words;
  last.push_back("--json");
  const ProgramRun finished = sample(last);
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_GE(json::parse(finished.out).at("kept").get<int>(), 4);
  const std::string whole = folder_ / "whole";
  ASSERT_EQ(sample({"--classes", "lion", "--count", "6", "--steps", "40", "-o", whole}).exit_code,
            0);
  for (int i = 0; i < 6; ++i) {
    const std::string name = "00000" + std::to_string(i) + ".png";
    EXPECT_EQ(read_text(out(name)), read_text(whole + "/" + name)) << name;
  }
  for (const auto& entry : fs::directory_iterator(out())) {
    EXPECT_FALSE(contains(entry.path().string(), ".partial")) << entry.path();
  }
}

TEST_F(Sample, EqualPicturesAreKeptOthersRefused) {
  ASSERT_EQ(sample({"--classes", "0"}).exit_code, 0);
  const std::string first = read_text(out("000000.png"));
  EXPECT_EQ(json::parse(sample({"--classes", "0", "--json"}).out).at("kept"), 1);
  const ProgramRun other = sample({"--classes", "0", "--seed", "1"});
  EXPECT_EQ(other.exit_code, 4);
  EXPECT_TRUE(contains(other.err, "--overwrite"));
  EXPECT_EQ(read_text(out("000000.png")), first);
  EXPECT_EQ(sample({"--classes", "0", "--seed", "1", "--overwrite"}).exit_code, 0);
  EXPECT_NE(read_text(out("000000.png")), first);
}

TEST_F(Sample, TakesTheOptionsOfThePublishedProgram) {
  const json report = json::parse(
      sample({"--classes", "0", "--ode", "--guidance_low", "300", "--cfg_scale", "2", "--json"})
          .out);
  const std::string settings = report.at("sampling");
  EXPECT_TRUE(contains(settings, "solver: dopri5"));
  EXPECT_TRUE(contains(settings, "interval: [300, 1000]"));
  EXPECT_TRUE(contains(settings, "cfg: 2"));
  const ProgramRun crossed =
      sample({"--classes", "0", "--guidance-low", "900", "--guidance-high", "100", "--overwrite"});
  EXPECT_EQ(crossed.exit_code, 3);
  EXPECT_TRUE(contains(crossed.err, "interval"));
}

TEST_F(Sample, SeedsOfTheTwoStagesAreTheirOwn) {
  const auto picture = [&](std::vector<std::string> seeds, const std::string& name) {
    seeds.insert(seeds.end(), {"--classes", "1", "-o", folder_ / name});
    EXPECT_EQ(sample(seeds).exit_code, 0);
    return json::parse(run_gpstoken({"info", "--json", folder_ / (name + "/000000.png")}).out)
        .at("text")
        .at("gpst:settings")
        .get<std::string>();
  };
  EXPECT_EQ(picture({"--seed", "3"}, "a"),
            picture({"--layout-seed", "3", "--texture-seed", "3"}, "b"));
  EXPECT_EQ(read_text(folder_ / "a/000000.png"), read_text(folder_ / "b/000000.png"));
}

TEST_F(Sample, PicturesOfAClassCanShareTheirLayout) {
  const auto make = [&](const std::string& what, const std::string& name) {
    EXPECT_EQ(sample({"--classes", "0,1", "--count", "4", "--same", what, "-o", folder_ / name})
                  .exit_code,
              0);
  };
  make("none", "plain");
  make("layout", "layout");
  const auto bytes = [&](const std::string& name) { return read_text(folder_ / name); };
  EXPECT_NE(bytes("plain/000002.png"), bytes("layout/000002.png"));
  const ProgramRun info = run_gpstoken({"info", folder_ / "layout/000002.png"});
  EXPECT_TRUE(contains(info.out, "same: layout")) << info.out;
  EXPECT_FALSE(contains(run_gpstoken({"info", folder_ / "plain/000002.png"}).out, "same:"));
  // A later start shares with the same picture.
  EXPECT_EQ(sample({"--classes", "0,1", "--start", "2", "--count", "2", "--same", "layout", "-o",
                    folder_ / "tail"})
                .exit_code,
            0);
  EXPECT_EQ(bytes("tail/000002.png"), bytes("layout/000002.png"));
  EXPECT_EQ(sample({"--classes", "0", "--same", "everything", "-o", folder_ / "x"}).exit_code, 2);
}

TEST_F(Sample, SettingsOfTheModelCanBeSet) {
  const ProgramRun run = sample({"--classes", "0", "--solver", "sde-euler", "--steps", "5", "--cfg",
                                 "2", "--interval", "200,900", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::string sampling = json::parse(run.out).at("sampling");
  EXPECT_TRUE(contains(sampling, "solver: sde-euler"));
  EXPECT_TRUE(contains(sampling, "[200, 900]"));
}

TEST_F(Sample, MistakesHaveTheirExitCodes) {
  EXPECT_EQ(sample({}).exit_code, 2);
  EXPECT_EQ(sample({"--classes", "0", "--all-classes"}).exit_code, 2);
  EXPECT_EQ(sample({"--all-classes", "--count", "2", "--per-class", "1"}).exit_code, 2);
  EXPECT_EQ(sample({"--classes", "0", "--shard", "2/2"}).exit_code, 2);
  const ProgramRun unknown = sample({"--classes", "loin"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_TRUE(contains(unknown.err, "lion"));
  EXPECT_EQ(sample({"--classes", "0", "--solver", "eular"}).exit_code, 2);
  EXPECT_EQ(sample({"--classes", "0", "--steps", "0"}).exit_code, 2);
  EXPECT_EQ(sample({"--classes", "0", "--layouts", folder_ / "absent"}).exit_code, 4);
  EXPECT_EQ(run_gpstoken({"sample", "--model", model(), "--classes", "0"}).exit_code, 2);
}

TEST_F(Sample, MissingPartsAndStatisticsAreNamed) {
  const fs::path copy = folder_ / "copy";
  fs::copy(model(), copy);
  fs::remove(copy / "layout.safetensors");
  const auto run = [&] {
    return run_gpstoken({"sample", "--model", copy, "--classes", "0", "-o", out()});
  };
  const ProgramRun absent = run();
  EXPECT_EQ(absent.exit_code, 4);
  EXPECT_TRUE(contains(absent.err, "layout.safetensors"));
  fs::copy(fs::path(model()) / "layout.safetensors", copy / "layout.safetensors");
  std::string config = read_text(copy / "config.yaml");
  const size_t first = config.find("  pretrained_gpstoken_means");
  config.erase(first, config.find("  model:", first) - first);
  write_text(copy / "config.yaml", config);
  const ProgramRun silent = run();
  EXPECT_EQ(silent.exit_code, 3);
  EXPECT_TRUE(contains(silent.err, "pretrained_gpstoken_means"));
}

TEST_F(Sample, AFullDiskLeavesNothingHalfWritten) {
  const ProgramRun run = sample({"--classes", "0", "--count", "3", "--threads", "1"},
                                {.environment = {{"GPST_TEST_FAULTS", "write:2+:ENOSPC"}}});
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_TRUE(contains(run.err, "full"));
  EXPECT_FALSE(fs::exists(out("000002.png")));
  EXPECT_EQ(sample({"--classes", "0", "--count", "3"}).exit_code, 0);
}

TEST_F(Sample, ADryRunWritesNothing) {
  const ProgramRun run = sample({"--preset", "fid-50k", "--dry-run", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(json::parse(run.out).at("n_samples"), 50000);
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(Sample, LabelsCanComeFromAFile) {
  write_text(folder_ / "labels", "tiger\r\n0\n");
  ASSERT_EQ(sample({"--labels-file", folder_ / "labels"}).exit_code, 0);
  EXPECT_EQ(read_text(out("labels.txt")), "1\n0\n");
}

}  // namespace
}  // namespace gpst
