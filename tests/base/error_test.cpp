#include "base/error.h"

#include <gtest/gtest.h>

#include <csignal>

namespace gpst {
namespace {

TEST(Error, exit_statuses_are_those_of_the_command_line) {
  EXPECT_EQ(UsageError("x").exit_status(), 2);
  EXPECT_EQ(ConfigError("x").exit_status(), 3);
  EXPECT_EQ(InputError("x").exit_status(), 3);
  EXPECT_EQ(IoError("x").exit_status(), 4);
  EXPECT_EQ(DeviceError("x").exit_status(), 5);
  EXPECT_EQ(DivergedError("x").exit_status(), 6);
  EXPECT_EQ(static_cast<int>(ExitCode::partial), 7);
}

TEST(Error, keeps_its_message_and_status_through_the_base) {
  try {
    throw Interrupted(SIGTERM);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_status(), 143);
    EXPECT_STREQ(error.what(), "interrupted by signal 15");
  }
}

}  // namespace
}  // namespace gpst
