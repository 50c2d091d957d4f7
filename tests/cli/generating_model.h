#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/cli/generation_fixture.h"
#include "tests/support/temporary_folder.h"

namespace gpst {

// Tests of the program with a tiny model that generates: written once a suite; a folder of its own
// for each test.
class GeneratingModel : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_ = new TemporaryFolder;
    write_tiny_generating_model(model());
  }
  static void TearDownTestSuite() {
    delete shared_;
    shared_ = nullptr;
  }

  static std::string model() { return *shared_ / "model"; }

  TemporaryFolder folder_;

 private:
  static inline TemporaryFolder* shared_ = nullptr;
};

}  // namespace gpst
