// What tests of training start from: pictures of two classes, their tokens, a configuration of each
// stage.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace gpst {

class TrainingFixture : public ::testing::Test {
 protected:
  // Made once a suite: shared("in"), shared("model"), shared("tokens"), shared("layout.yaml") ...
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  static std::string shared(const std::string& name) { return *shared_ / name; }

  // In the test's own folder.
  std::filesystem::path path(const std::string& name) const { return folder_ / name; }

  // The words after `gpstoken` that train `stage` into the run `run`, on its pictures or tokens.
  std::vector<std::string> training_call(const std::string& stage, const std::string& run,
                                         const std::vector<std::string>& more = {}) const;

 private:
  static TemporaryFolder* shared_;
  TemporaryFolder folder_;
};

}  // namespace gpst
