// What `gpstoken sample` says to sampling options that mean nothing: before anything is made.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/cli/contains.h"
#include "tests/cli/generating_model.h"
#include "tests/cli/run_program.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

class SamplingOptionsOfTheProgram : public GeneratingModel {
 protected:
  ProgramRun sample(std::vector<std::string> words) const {
    words.insert(words.begin(), {"sample", "--model", model(), "--no-progress", "-o",
                                 folder_ / "out", "--all-classes", "--count", "1"});
    return run_gpstoken(words);
  }
};

TEST_F(SamplingOptionsOfTheProgram, AreRefusedWithTheirNamesAndWhatWasExpected) {
  struct Bad {
    const char *option, *value, *message;
    int exit_code = 2;  // a value that is none; 3: values that do not fit together or the model
  };
  for (const Bad& bad : std::initializer_list<Bad>{
           {"--interval", "900,100", "interval: expected low,high", 3},
           {"--interval", "1,2,3", "interval: expected a list of 2, found 3 items"},
           {"--interval", "0,1001", "interval[1]: expected an integer in [0, 1000]"},
           {"--cfg", "nan", "cfg: expected a number in [0, 1000], found \"nan\""},
           {"--cfg-channels", "-1", "cfg_channels: expected an integer >= 0"},
           {"--cfg-channels", "1000", "cfg_channels: the net has 9 channels, found 1000", 3},
           {"--solver", "dopri", "did you mean dopri5?"},
           {"--timestep-shift", "0", "timestep_shift: expected a number in [0.001, 1000]"}}) {
    const ProgramRun run = sample({bad.option, bad.value});
    EXPECT_EQ(run.exit_code, bad.exit_code) << bad.option << " " << bad.value << "\n" << run.err;
    EXPECT_TRUE(contains(run.err, bad.message)) << bad.option << " " << bad.value << "\n"
                                                << run.err;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out/000000.png"));
  }
}

TEST_F(SamplingOptionsOfTheProgram, OfGuidedChannelsChangeThePicture) {
  ASSERT_EQ(sample({"--cfg", "4"}).exit_code, 0);
  const std::string all = read_text(folder_ / "out/000000.png");
  std::filesystem::remove_all(std::string(folder_ / "out"));
  ASSERT_EQ(sample({"--cfg", "4", "--cfg-channels", "2"}).exit_code, 0);
  EXPECT_NE(read_text(folder_ / "out/000000.png"), all);
}

}  // namespace
}  // namespace gpst
