#include "sampler/model_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "sampler/model_search.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;
using ConfigFile = ModelFolder::ConfigFile;

class ModelFolderTest : public ::testing::Test {
 protected:
  ModelFolderTest() {
    root_.write("m/config.yaml", "tokenizer:\n  gpsconfig: {gps_num: 64}\nsampling: {steps: 25}\n");
    root_.write("m/tokenizer.safetensors", "weights");
  }

  std::string folder() const { return (root_ / "m").string(); }

  TemporaryFolder root_;
};

TEST_F(ModelFolderTest, NamesThePartsOfAFolder) {
  const auto model =
      ModelFolder::open(TokenizerFiles{.model = folder()}, Config(), ConfigFile::absent);
  EXPECT_EQ(model.tokenizer_weights(), root_ / "m/tokenizer.safetensors");
  EXPECT_TRUE(model.config().has("tokenizer.gpsconfig.gps_num"));
  EXPECT_FALSE(model.layout_store().has_value());
  EXPECT_EQ(model.classes(3).size(), 3);
}

TEST_F(ModelFolderTest, AMissingPartNamesTheOption) {
  const auto model =
      ModelFolder::open(TokenizerFiles{.model = folder()}, Config(), ConfigFile::absent);
  try {
    model.texture_weights();
    FAIL() << "a missing file was accepted";
  } catch (const IoError& error) {
    EXPECT_NE(std::string(error.what()).find("--texture"), std::string::npos) << error.what();
  }
}

TEST_F(ModelFolderTest, TheCallLiesOverTheFolder) {
  Config call;
  call.set("sampling.steps", "50", "--steps");
  const auto model = ModelFolder::open(TokenizerFiles{.model = folder()}, call, ConfigFile::absent);
  EXPECT_EQ(model.config().winning_value("sampling.steps")->text, "50");
  EXPECT_EQ(model.config().winning_value("tokenizer.gpsconfig.gps_num")->text, "64");
}

TEST_F(ModelFolderTest, WeightsNeedAConfiguration) {
  EXPECT_THROW(
      ModelFolder::open(TokenizerFiles{.tokenizer = "w.safetensors"}, Config(), ConfigFile::absent),
      UsageError);
  const auto model =
      ModelFolder::open(TokenizerFiles{.tokenizer = "w.safetensors"}, Config(), ConfigFile::given);
  EXPECT_EQ(model.tokenizer_weights(), "w.safetensors");
  const auto bare = ModelFolder::open(TokenizerFiles{}, Config(), ConfigFile::given);
  EXPECT_THROW(bare.tokenizer_weights(), UsageError);
}

TEST_F(ModelFolderTest, AnAbsentFolderSaysWhereItLooked) {
  try {
    find_model("surely-absent");
    FAIL() << "an absent model was found";
  } catch (const IoError& error) {
    EXPECT_NE(std::string(error.what()).find("models/surely-absent"), std::string::npos)
        << error.what();
  }
}

TEST_F(ModelFolderTest, ABareNameIsFoundOnTheSearchPath) {
  ASSERT_EQ(setenv("GPST_MODEL_PATH", root_.path().c_str(), 1), 0);
  EXPECT_EQ(find_model("m"), root_ / "m");
  unsetenv("GPST_MODEL_PATH");
}

TEST_F(ModelFolderTest, ABareNameIsFoundInTheUsersFolder) {
  const TemporaryFolder home;
  home.write("models/of-the-user/config.yaml", "");
  ASSERT_EQ(setenv("GPST_HOME", home.path().c_str(), 1), 0);
  EXPECT_EQ(find_model("of-the-user"), home / "models/of-the-user");
  unsetenv("GPST_HOME");
}

TEST_F(ModelFolderTest, AFileIsNoFolder) {
  EXPECT_THROW(find_model(folder() + "/config.yaml"), IoError);
}

}  // namespace
}  // namespace gpst
