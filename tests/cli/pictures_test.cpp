// reconstruct, encode, decode, visualize, info, verify and doctor, run as a user runs them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "image/codec.h"
#include "tests/cli/contains.h"
#include "tests/cli/model_fixture.h"
#include "tests/cli/run_program.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// The embedded text differs between commands, the pixels may not.
Picture8 pixels_of(const std::string& path) {
  return decode(MappedFile(path).bytes(), DecodeLimits{}, path);
}

class Pictures : public ::testing::Test {
 protected:
  // The model is the same for all tests, so it is made once.
  static void SetUpTestSuite() {
    shared_ = new TemporaryFolder;
    write_tiny_model(*shared_ / "model");
    write_test_picture(*shared_ / "in/a.png");
    write_test_picture(*shared_ / "in/sub/b.png", 40);
  }
  static void TearDownTestSuite() {
    delete shared_;
    shared_ = nullptr;
  }

  static std::string model() { return *shared_ / "model"; }
  static std::string input() { return *shared_ / "in"; }
  std::string out(const std::string& name = "") const { return folder_ / ("out/" + name); }

  ProgramRun reconstruct(std::vector<std::string> words) const {
    words.insert(words.begin(), {"reconstruct", "--model", model(), "-o", out(), "--no-progress"});
    return run_gpstoken(words);
  }

  static TemporaryFolder* shared_;
  TemporaryFolder folder_;
};

TemporaryFolder* Pictures::shared_ = nullptr;

TEST_F(Pictures, ReconstructWritesTheFixedNames) {
  const ProgramRun run = reconstruct({input()});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* name : {"imgs/a.png", "gt/a.png", "imgs/sub/b.png", "gt/sub/b.png"}) {
    EXPECT_TRUE(fs::exists(out(name))) << name;
  }
  const json report = json::parse(read_text(out("report.json")));
  ASSERT_EQ(report.at("images").size(), 2U);
  double psnr = 0;
  for (const json& image : report.at("images")) {
    psnr += image.at("psnr").get<double>() / 2;
    EXPECT_EQ(image.at("tokens"), 16);
    EXPECT_GT(image.at("time").get<double>(), 0);
    EXPECT_TRUE(image.at("ssim").is_number());
  }
  EXPECT_NEAR(report.at("psnr").get<double>(), psnr, 1e-9);
  EXPECT_TRUE(contains(run.out, "mean of 2"));
  EXPECT_FALSE(fs::exists(out("rejects.jsonl")));
}

TEST_F(Pictures, ThreadsDoNotChangeBytes) {
  ASSERT_EQ(reconstruct({input(), "--threads", "1"}).exit_code, 0);
  const std::string one = read_text(out("imgs/sub/b.png"));
  ASSERT_EQ(reconstruct({input(), "--threads", "3", "--overwrite"}).exit_code, 0);
  fs::remove_all(out());
  ASSERT_EQ(reconstruct({input(), "--threads", "3"}).exit_code, 0);
  EXPECT_EQ(read_text(out("imgs/sub/b.png")), one);
}

TEST_F(Pictures, EqualResultsAreKeptOthersRefused) {
  ASSERT_EQ(reconstruct({input()}).exit_code, 0);
  const ProgramRun again = reconstruct({input(), "--json"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const json kept = json::parse(again.out);
  EXPECT_EQ(kept.at("images").at(0).at("kept"), true);
  EXPECT_EQ(kept.at("images").at(0).at("tokens"), 16);
  const ProgramRun other = reconstruct({input(), "--tokens", "8"});
  EXPECT_EQ(other.exit_code, 4);
  EXPECT_TRUE(contains(other.err, "--overwrite"));
  const ProgramRun forced = reconstruct({input(), "--tokens", "8", "--overwrite", "--json"});
  ASSERT_EQ(forced.exit_code, 0) << forced.err;
  EXPECT_EQ(json::parse(forced.out).at("tokens"), 8);
}

TEST_F(Pictures, AKeptResultHasTheNumbersOfAMadeOne) {
  const json made = json::parse(reconstruct({input(), "--json"}).out);
  const json kept = json::parse(reconstruct({input(), "--json"}).out);
  EXPECT_EQ(made.at("psnr"), kept.at("psnr"));
  EXPECT_EQ(made.at("ssim"), kept.at("ssim"));
}

TEST_F(Pictures, LargerSizesTakeTiles) {
  const ProgramRun run = reconstruct({input() + "/a.png", "--size", "64", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json report = json::parse(run.out);
  EXPECT_EQ(report.at("size"), 64);
  EXPECT_EQ(report.at("tokens"), 64);
  const ProgramRun odd = reconstruct({input(), "--size", "50"});
  EXPECT_EQ(odd.exit_code, 2);
  EXPECT_TRUE(contains(odd.err, "32"));
}

TEST_F(Pictures, RegionsOfInterestChangeTheResult) {
  ASSERT_EQ(reconstruct({input() + "/a.png"}).exit_code, 0);
  const std::string plain = read_text(out("imgs/a.png"));
  ASSERT_EQ(reconstruct({input() + "/a.png", "--roi", "0,0,8,8:20", "--overwrite"}).exit_code, 0);
  EXPECT_NE(read_text(out("imgs/a.png")), plain);
  EXPECT_EQ(reconstruct({input(), "--roi", "1,2,3"}).exit_code, 2);
}

TEST_F(Pictures, ExtrasAreWrittenWhenAsked) {
  const ProgramRun run =
      reconstruct({input() + "/a.png", "--visualize", "--side-by-side", "--save-tokens"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* name : {"gaussians/a.png", "compare/a.png", "tokens/a.safetensors"}) {
    EXPECT_TRUE(fs::exists(out(name))) << name;
  }
}

TEST_F(Pictures, ABadPictureCostsItselfOnly) {
  const std::string broken = folder_ / "in/broken.png";
  write_text(broken, "not a picture");
  write_test_picture(folder_ / "in/good.png");
  const ProgramRun run = reconstruct({folder_ / "in"});
  EXPECT_EQ(run.exit_code, 7);
  EXPECT_TRUE(fs::exists(out("imgs/good.png")));
  const json reject = json::parse(read_text(out("rejects.jsonl")));
  EXPECT_TRUE(contains(reject.at("path"), "broken.png"));
  EXPECT_EQ(json::parse(read_text(out("report.json"))).at("rejected"), 1);
  fs::remove_all(out());
  EXPECT_EQ(reconstruct({broken}).exit_code, 3);
}

TEST_F(Pictures, MistakesHaveTheirExitCodes) {
  EXPECT_EQ(reconstruct({folder_ / "absent.png"}).exit_code, 4);
  fs::create_directories(folder_ / "empty");
  EXPECT_EQ(reconstruct({folder_ / "empty"}).exit_code, 3);
  EXPECT_EQ(reconstruct({}).exit_code, 2);
  EXPECT_EQ(run_gpstoken({"reconstruct", input(), "--model", model()}).exit_code, 2);
  EXPECT_EQ(run_gpstoken({"reconstruct", input(), "-o", out(), "--model", "absent"}).exit_code, 4);
  EXPECT_EQ(reconstruct({input(), "--tokens", "0"}).exit_code, 2);
  EXPECT_EQ(reconstruct({input(), "--tokens", "100000"}).exit_code, 3);
  EXPECT_EQ(reconstruct({input(), "--dtype", "fp16"}).exit_code, 2);
}

TEST_F(Pictures, AFullDiskIsAFileSystemErrorAndLeavesNoHalfFile) {
  const ProgramRun run =
      run_gpstoken({"reconstruct", input() + "/a.png", "--model", model(), "-o", out()},
                   {.environment = {{"GPST_TEST_FAULTS", "write:2:ENOSPC"}}});
  EXPECT_EQ(run.exit_code, 4) << run.err;
  EXPECT_FALSE(fs::exists(out("imgs/a.png")));
  EXPECT_EQ(reconstruct({input() + "/a.png"}).exit_code, 0);
}

TEST_F(Pictures, ADryRunWritesNothing) {
  const ProgramRun run = reconstruct({input(), "--dry-run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(contains(run.out, "2 pictures"));
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(Pictures, OfficialFilesAreGivenOneByOne) {
  const ProgramRun run =
      run_gpstoken({"reconstruct", input(), "-o", out(), "--config", model() + "/config.yaml",
                    "--model_path", model() + "/tokenizer.safetensors", "--data_size", "32"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
}

TEST_F(Pictures, SettingsOfTheModelCanBeSet) {
  const ProgramRun wrong = reconstruct({input(), "--set", "tokenizer.gpsconfig.gps_numm=8"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_TRUE(contains(wrong.err, "gps_num"));
  const ProgramRun run = reconstruct({input(), "--set", "tokenizer.gpsconfig.gps_num=8", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(json::parse(run.out).at("tokens"), 8);
}

TEST_F(Pictures, DecodeOfEncodeIsReconstruct) {
  ASSERT_EQ(run_gpstoken({"encode", input(), "--model", model(), "-o", folder_ / "t"}).exit_code,
            0);
  ASSERT_EQ(
      run_gpstoken({"decode", folder_ / "t", "--model", model(), "-o", folder_ / "p"}).exit_code,
      0);
  ASSERT_EQ(reconstruct({input()}).exit_code, 0);
  const json info = json::parse(run_gpstoken({"info", "--json", folder_ / "p/sub/b.png"}).out);
  EXPECT_EQ(info.at("text").at("gpst:command"), "decode");
  EXPECT_EQ(pixels_of(folder_ / "p/sub/b.png"), pixels_of(out("imgs/sub/b.png")));
  EXPECT_EQ(run_gpstoken({"encode", input(), "--model", model(), "-o", folder_ / "t"}).exit_code,
            4);
}

TEST_F(Pictures, ReportsSayWhatTheRunTook) {
  ASSERT_EQ(reconstruct({input()}).exit_code, 0);
  expect_run_facts(read_text(out("report.json")));
  const auto report = [&](const char* command, const std::string& from, const char* to) {
    return run_gpstoken({command, from, "--model", model(), "-o", folder_ / to, "--json"}).out;
  };
  expect_run_facts(report("encode", input(), "t"));
  expect_run_facts(report("decode", folder_ / "t", "p"));
  expect_run_facts(report("visualize", input(), "v"));
}

TEST_F(Pictures, DecodeRefusesTokensOfAnotherModel) {
  write_tiny_model(folder_ / "other", 2);
  ASSERT_EQ(run_gpstoken({"encode", input(), "--model", model(), "-o", folder_ / "t"}).exit_code,
            0);
  const std::vector<std::string> words = {"decode",          folder_ / "t", "--model",
                                          folder_ / "other", "-o",          folder_ / "p"};
  const ProgramRun run = run_gpstoken(words);
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_TRUE(contains(run.err, "--any-model"));
}

TEST_F(Pictures, VisualizeDrawsEveryStage) {
  const ProgramRun run =
      run_gpstoken({"visualize", input() + "/a.png", "--model", model(), "-o", out(),
                    "--compare-tokens", "4,16", "--scale", "4", "--roi", "0,0,8,8"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* part : {"regions.png", "initial.png", "refined.png", "tokens.png", "roi.png"}) {
    EXPECT_TRUE(fs::exists(out(std::string("a.") + part))) << part;
  }
  const std::string svg = read_text(out("a.svg"));
  size_t ellipses = 0;
  for (size_t at = svg.find("<ellipse"); at != std::string::npos;
       at = svg.find("<ellipse", at + 1)) {
    ++ellipses;
  }
  EXPECT_EQ(ellipses, 32U);  // 16 initial and 16 refined
  EXPECT_TRUE(contains(svg, "data:image/png;base64,iVBORw0KGgo"));
}

TEST_F(Pictures, InfoPrintsTheSettingsBack) {
  ASSERT_EQ(reconstruct({input() + "/a.png", "--tokens", "9", "--save-tokens"}).exit_code, 0);
  const json picture = json::parse(run_gpstoken({"info", "--json", out("imgs/a.png")}).out);
  EXPECT_EQ(picture.at("width"), 32);
  EXPECT_TRUE(contains(picture.at("text").at("gpst:settings"), "tokens: 9"));
  const json tokens =
      json::parse(run_gpstoken({"info", "--json", out("tokens/a.safetensors")}).out);
  EXPECT_EQ(tokens.at("kind"), "tokens of a picture");
  EXPECT_EQ(tokens.at("metadata").at("size"), "32");
  const ProgramRun folder = run_gpstoken({"info", model()});
  EXPECT_TRUE(contains(folder.out, "kind: model folder"));
  EXPECT_TRUE(contains(folder.out, "tokens_per_tile: 16"));
  EXPECT_TRUE(contains(run_gpstoken({"info", model() + "/tokenizer.safetensors"}).out, "weights"));
}

TEST_F(Pictures, InfoRefusesWhatItDoesNotKnow) {
  write_text(folder_ / "x", "nothing known");
  EXPECT_EQ(run_gpstoken({"info", folder_ / "x"}).exit_code, 3);
  EXPECT_EQ(run_gpstoken({"info", folder_ / "absent"}).exit_code, 4);
  EXPECT_EQ(run_gpstoken({"info"}).exit_code, 2);
}

TEST_F(Pictures, VerifyComparesWithTheRecord) {
  const std::string folder = folder_ / "model";
  write_tiny_model(folder);
  EXPECT_TRUE(contains(run_gpstoken({"verify", folder}).err, "--record"));
  ASSERT_EQ(run_gpstoken({"verify", folder, "--record"}).exit_code, 0);
  const ProgramRun well = run_gpstoken({"verify", folder});
  EXPECT_EQ(well.exit_code, 0) << well.err;
  EXPECT_TRUE(contains(well.out, "all is well"));
  write_tiny_model(folder, 7);
  const ProgramRun changed = run_gpstoken({"verify", folder});
  EXPECT_EQ(changed.exit_code, 3);
  EXPECT_TRUE(contains(changed.out, "checksum"));
  EXPECT_TRUE(contains(changed.out, "mean colours differ"));
}

TEST_F(Pictures, DoctorSaysWhereItLooksForModels) {
  const ProgramRun run =
      run_gpstoken({"doctor", "--json"}, {.environment = {{"GPST_MODEL_PATH", shared_->path()}}});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json report = json::parse(run.out);
  EXPECT_EQ(report.at("models").at(shared_->path().string()), json::array({"model"}));
  EXPECT_TRUE(report.at("instruction_sets").contains("avx2"));
  EXPECT_GT(report.at("peak_memory_mib").get<int>(), 0);
}

TEST_F(Pictures, DoctorTimesAModel) {
  const ProgramRun run = run_gpstoken({"doctor", "--bench", "--model", model(), "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(json::parse(run.out).at("bench").at("decode_ms").is_number());
}

}  // namespace
}  // namespace gpst
