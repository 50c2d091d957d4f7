// From pictures to a model folder: train-tokenizer, extract, train-layout, train-texture, export.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/contains.h"
#include "tests/cli/model_fixture.h"
#include "tests/cli/run_program.h"
#include "tests/cli/training_fixture.h"

namespace gpst {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const char kLast[] = "checkpoints/step_00000012";

class Training : public TrainingFixture {
 protected:
  static std::string model() { return shared("model"); }
  static std::string pictures() { return shared("in"); }
  static std::string tokens() { return shared("tokens"); }
  std::string path(const std::string& name) const { return TrainingFixture::path(name); }

  ProgramRun train(const std::string& stage, const std::string& run,
                   const std::vector<std::string>& more = {},
                   const RunOptions& options = {}) const {
    return run_gpstoken(training_call(stage, run, more), options);
  }

  // The whole state of a run after its last step.
  std::string final_state(const std::string& run) const {
    std::string bytes;
    for (const char* name : {"model", "ema", "optimizer"}) {
      bytes += read_text(path(run) + "/" + kLast + "/" + name + ".safetensors");
    }
    return bytes;
  }
};

std::vector<std::string> steps_of(const std::string& metrics) {
  std::istringstream lines(metrics);
  std::vector<std::string> steps;
  for (std::string line; std::getline(lines, line);) {
    steps.push_back(line.substr(0, line.find(',')));
  }
  return steps;
}

TEST_F(Training, FromPicturesToAModelThatSamples) {
  ASSERT_EQ(train("tokenizer", "t").exit_code, 0);
  ASSERT_EQ(run_gpstoken(
                {"export", path("t"), "-o", path("m"), "--class-table", model() + "/classes.tsv"})
                .exit_code,
            0);
  ASSERT_EQ(
      run_gpstoken({"extract", pictures(), "--model", path("m"), "-o", path("tokens")}).exit_code,
      0);
  ASSERT_EQ(train("layout", "l", {"--tokens", path("tokens")}).exit_code, 0);
  ASSERT_EQ(train("texture", "x", {"--tokens", path("tokens"), "--model", path("m")}).exit_code, 0);
  EXPECT_TRUE(fs::exists(path("x/samples/step_00000012.png")));
  const ProgramRun exported = run_gpstoken(
      {"export", path("l"), path("x"), "-o", path("m"), "--note", "From a test.", "--json"});
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_FALSE(contains(exported.err, "another tokenizer"));
  EXPECT_EQ(json::parse(exported.out).at("parts").size(), 2U);
  const ProgramRun verified = run_gpstoken({"verify", path("m")});
  EXPECT_EQ(verified.exit_code, 0) << verified.out;
  EXPECT_TRUE(contains(verified.out, "all is well"));
  EXPECT_TRUE(contains(read_text(path("m/README.md")), "From a test."));
  const ProgramRun sampled = run_gpstoken(
      {"sample", "--model", path("m"), "--classes", "tiger", "--steps", "4", "-o", path("s")});
  EXPECT_EQ(sampled.exit_code, 0) << sampled.err;
}

TEST_F(Training, ReportsAndLeavesItsTraces) {
  const ProgramRun run = train("layout", "run", {"--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json report = json::parse(run.out);
  EXPECT_EQ(report.at("stage"), "layout");
  EXPECT_EQ(report.at("step"), 12);
  EXPECT_TRUE(report.at("loss").is_number());
  EXPECT_TRUE(fs::exists(path("run/samples/step_00000006.png")));
  EXPECT_EQ(read_text(path("run/checkpoints/latest")), "step_00000012\n");
  EXPECT_EQ(read_text(path("run/classes.tsv")), read_text(tokens() + "/classes.tsv"));
  EXPECT_TRUE(contains(read_text(path("run/config.yaml")), "layout_means"));
  EXPECT_EQ(steps_of(read_text(path("run/metrics.csv"))).size(), 13U);
}

TEST_F(Training, AnInterruptedRunGoesOnAsIfNothingHadHappened) {
  for (const std::string stage : {"tokenizer", "texture"}) {
    ASSERT_EQ(train(stage, stage + "_whole").exit_code, 0);
    const std::string run = stage + "_stopped";
    const ProgramRun stopped =
        train(stage, run, {}, {.interrupt_when = path(run + "/metrics.csv")});
    EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
    EXPECT_FALSE(fs::exists(path(run + "/" + kLast)));
    EXPECT_TRUE(fs::exists(path(run + "/checkpoints/latest"))) << "saved on the way out";
    const ProgramRun resumed = train(stage, run);
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_TRUE(contains(resumed.err, "resuming at step"));
    EXPECT_EQ(final_state(run), final_state(stage + "_whole")) << stage;
    EXPECT_EQ(steps_of(read_text(path(run + "/metrics.csv"))).size(), 13U);
  }
}

TEST_F(Training, AKilledRunGoesOnFromItsLastCheckpoint) {
  ASSERT_EQ(train("layout", "whole").exit_code, 0);
  // Death at every stage of writing things down.
  for (const char* fault : {"rename:9:KILL", "fsync:20:KILL", "write:30:KILL"}) {
    const ProgramRun killed =
        train("layout", "killed", {}, {.environment = {{"GPST_TEST_FAULTS", fault}}});
    EXPECT_EQ(killed.exit_code, 137) << fault;
  }
  const ProgramRun resumed = train("layout", "killed");
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(final_state("killed"), final_state("whole"));
  EXPECT_EQ(steps_of(read_text(path("killed/metrics.csv"))),
            steps_of(read_text(path("whole/metrics.csv"))));
}

TEST_F(Training, AFullDiskKeepsTheEarlierCheckpoint) {
  ASSERT_EQ(train("layout", "run", {"--iterations", "4"}).exit_code, 0);
  const ProgramRun full =
      train("layout", "run", {}, {.environment = {{"GPST_TEST_FAULTS", "write:1+:ENOSPC"}}});
  EXPECT_EQ(full.exit_code, 4);
  EXPECT_TRUE(contains(full.err, "full"));
  EXPECT_EQ(read_text(path("run/checkpoints/latest")), "step_00000004\n");
  EXPECT_EQ(train("layout", "run").exit_code, 0);
}

TEST_F(Training, ADivergedRunHasItsOwnExitCodeAndKeepsItsCheckpoints) {
  ASSERT_EQ(train("tokenizer", "run", {"--iterations", "4"}).exit_code, 0);
  const std::string before = read_text(path("run/checkpoints/step_00000004/model.safetensors"));
  const ProgramRun run = train("tokenizer", "run", {"--set", "train.lr=1e9"});
  EXPECT_EQ(run.exit_code, 6) << run.err;
  EXPECT_TRUE(contains(run.err, "diverged"));
  EXPECT_EQ(read_text(path("run/checkpoints/latest")), "step_00000004\n");
  EXPECT_EQ(read_text(path("run/checkpoints/step_00000004/model.safetensors")), before);
}

TEST_F(Training, StartsFromTheWeightsOfAModel) {
  ASSERT_EQ(train("tokenizer", "run", {"--init", model(), "--iterations", "1"}).exit_code, 0);
  EXPECT_EQ(train("tokenizer", "other", {"--init", path("absent")}).exit_code, 4);
  EXPECT_EQ(train("tokenizer", "other", {"--init-grow"}).exit_code, 2) << "from what?";
}

TEST_F(Training, ARunThatIsThereIsNotOverwrittenUnasked) {
  ASSERT_EQ(train("layout", "run", {"--steps", "2"}).exit_code, 0);
  const ProgramRun refused = train("layout", "run", {"--resume", "never", "--steps", "1"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(contains(refused.err, "--overwrite"));
  ASSERT_EQ(train("layout", "run", {"--resume", "never", "--steps", "1", "--overwrite"}).exit_code,
            0);
  EXPECT_EQ(read_text(path("run/checkpoints/latest")), "step_00000001\n");
}

TEST_F(Training, MistakesHaveTheirExitCodes) {
  const auto program = [](std::vector<std::string> words) { return run_gpstoken(words).exit_code; };
  EXPECT_EQ(program({"train-tokenizer", "--config", shared("tokenizer.yaml"), "-o", path("r")}), 2);
  EXPECT_EQ(program({"train-layout", "--config", shared("layout.yaml"), "-o", path("r")}), 2);
  EXPECT_EQ(program({"train-layout", "--config", shared("layout.yaml"), "--tokens", tokens()}), 2);
  EXPECT_EQ(program({"train-layout", "--tokens", tokens(), "-o", path("r")}), 3);
  EXPECT_EQ(train("layout", "r", {"--tokens", path("absent")}).exit_code, 4);
  EXPECT_EQ(train("layout", "r", {"--resume", path("absent")}).exit_code, 4);
  EXPECT_EQ(train("layout", "r", {"--set", "train.learning=1"}).exit_code, 2);
  EXPECT_EQ(train("layout", "r", {"--set", "layout.model.latent_size=9"}).exit_code, 3);
  EXPECT_EQ(
      train("tokenizer", "r", {"--set", "loss.discriminator.disc_conditional=true"}).exit_code, 3);
  EXPECT_EQ(train("tokenizer", "r", {"--set", "data.held_out=8"}).exit_code, 3);
  EXPECT_FALSE(fs::exists(path("r")));
}

TEST_F(Training, WithoutTheWeightsOfALossItSaysWhatToDo) {
  const RunOptions nowhere{.environment = {{"GPST_HOME", path("none")},
                                           {"XDG_CACHE_HOME", path("none")},
                                           {"TORCH_HOME", path("none")},
                                           {"HOME", path("none")}}};
  const ProgramRun lpips =
      train("tokenizer", "r", {"--set", "loss.discriminator.perceptual_weight=1"}, nowhere);
  EXPECT_EQ(lpips.exit_code, 4);
  EXPECT_TRUE(contains(lpips.err, "--set loss.discriminator.perceptual_weight=0")) << lpips.err;
  const ProgramRun features =
      train("tokenizer", "r", {"--set", "loss.perceptual.target=fid"}, nowhere);
  EXPECT_EQ(features.exit_code, 4);
  EXPECT_TRUE(contains(features.err, "--set loss.perceptual.target=none")) << features.err;
  EXPECT_FALSE(fs::exists(path("r")));
}

TEST_F(Training, TrainsAgainstADiscriminator) {
  const ProgramRun run = train("tokenizer", "r",
                               {"--steps", "3", "--set", "loss.discriminator.disc_weight=0.3",
                                "--set", "loss.discriminator.disc_start=1"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(contains(run.err, "hinge PatchGAN from step 2 on")) << run.err;
  EXPECT_TRUE(fs::exists(path("r/checkpoints/step_00000003/adversary.safetensors")));
}

TEST_F(Training, ADryRunWritesNothing) {
  const ProgramRun run = train("texture", "r", {"--dry-run", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(json::parse(run.out).at("iterations"), 12);
  EXPECT_FALSE(fs::exists(path("r")));
}

TEST_F(Training, ExportRefusesWhatIsIncomplete) {
  EXPECT_EQ(run_gpstoken({"export", "-o", path("m")}).exit_code, 2);
  EXPECT_EQ(run_gpstoken({"export", path("absent"), "-o", path("m")}).exit_code, 4);
  ASSERT_EQ(train("texture", "x", {"--steps", "1"}).exit_code, 0);
  const std::string state = path("x/checkpoints/step_00000001/state.json");
  json content = json::parse(read_text(state));
  std::string config = content.at("config");
  const size_t first = config.find("  pretrained_gpstoken_means");
  ASSERT_NE(first, std::string::npos) << config;
  config.replace(first, std::string("  pretrained_gpstoken_means").size(), "  unknown_means");
  content["config"] = config;
  write_text(state, content.dump());
  EXPECT_EQ(run_gpstoken({"export", path("x"), "-o", path("m")}).exit_code, 3);
  EXPECT_FALSE(fs::exists(path("m")));
}

TEST_F(Training, AnotherTokenizersTokensAreWarnedOf) {
  ASSERT_EQ(train("texture", "x", {"--steps", "1"}).exit_code, 0);
  write_tiny_model(path("m"), 9);
  const ProgramRun run = run_gpstoken({"export", path("x"), "-o", path("m")});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(contains(run.err, "another tokenizer"));
}

}  // namespace
}  // namespace gpst
