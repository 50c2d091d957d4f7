#include "tests/cli/training_fixture.h"

#include <algorithm>

#include "tests/cli/generation_fixture.h"
#include "tests/cli/model_fixture.h"
#include "tests/cli/run_program.h"

namespace gpst {

TemporaryFolder* TrainingFixture::shared_ = nullptr;

void TrainingFixture::SetUpTestSuite() {
  shared_ = new TemporaryFolder;
  write_tiny_generating_model(*shared_ / "model");
  for (int i = 0; i < 8; ++i) {
    const std::string name = (i % 2 == 0 ? "n0/" : "n1/") + std::to_string(i) + ".png";
    write_test_picture(*shared_ / ("in/" + name), 9 * i);
  }
  write_tokenizer_training(*shared_ / "tokenizer.yaml");
  write_layout_training(*shared_ / "layout.yaml");
  write_texture_training(*shared_ / "texture.yaml");
  const ProgramRun run = run_gpstoken(
      {"extract", shared("in"), "--model", shared("model"), "--flips", "-o", shared("tokens")});
  ASSERT_EQ(run.exit_code, 0) << run.err;
}

void TrainingFixture::TearDownTestSuite() {
  delete shared_;
  shared_ = nullptr;
}

std::vector<std::string> TrainingFixture::training_call(
    const std::string& stage, const std::string& run, const std::vector<std::string>& more) const {
  std::vector<std::string> words = {"train-" + stage, "--config",     shared(stage + ".yaml"), "-o",
                                    path(run),        "--no-progress"};
  const auto given = [&](const char* name) { return std::ranges::find(more, name) != more.end(); };
  if (!given("--threads")) words.insert(words.end(), {"--threads", "1"});
  if (stage == "tokenizer") words.insert(words.end(), {"--data", shared("in")});
  if (stage != "tokenizer" && !given("--tokens")) {
    words.insert(words.end(), {"--tokens", shared("tokens")});
  }
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace gpst
