#include "base/storage_faults.h"

#include <sys/resource.h>

#include <cerrno>
#include <cstdio>

#include "base/error.h"
#include "base/files.h"
#include "tests/base/folder_fixture.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using testing::HasSubstr;

// Ends the process as `main` does: the message on stderr, the status of the error.
template <class Action>
[[noreturn]] void run_as_program(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    std::exit(error.exit_status());
  }
  std::exit(0);
}

template <class Action>
[[noreturn]] void run_with_faults(const std::string& faults, const Action& action) {
  ::setenv("GPST_TEST_FAULTS", faults.c_str(), 1);
  run_as_program(action);
}

class StorageFault : public FolderFixture {};

TEST_F(StorageFault, rules_hit_the_calls_they_name) {
  StorageFaults faults("write:2:ENOSPC,fsync:1+:EIO,rename:3:KILL");
  EXPECT_EQ(faults.next(StorageCall::write).error, 0);
  EXPECT_EQ(faults.next(StorageCall::write).error, ENOSPC);
  EXPECT_EQ(faults.next(StorageCall::write).error, 0);
  EXPECT_EQ(faults.next(StorageCall::fsync).error, EIO);
  EXPECT_EQ(faults.next(StorageCall::fsync).error, EIO);
  EXPECT_FALSE(faults.next(StorageCall::rename).kill);
  EXPECT_FALSE(faults.next(StorageCall::rename).kill);
  EXPECT_TRUE(faults.next(StorageCall::rename).kill);
  EXPECT_EQ(faults.next(StorageCall::mkdir).error, 0);
}

TEST_F(StorageFault, wrong_rules_are_refused) {
  for (const char* wrong : {"write", "write:1", "write:0:EIO", "write:x:EIO", "write:1:EWHAT",
                            "scribble:1:EIO", "write:+:EIO", "write:1:EIO,,"}) {
    EXPECT_THAT(message_of<ConfigError>([&] { StorageFaults faults(wrong); }),
                HasSubstr("GPST_TEST_FAULTS"))
        << wrong;
  }
}

TEST_F(StorageFault, a_full_disk_is_named_with_size_and_place) {
  EXPECT_EXIT(run_with_faults("write:1:ENOSPC",
                              [&] { write_file_atomic(path("a"), std::string(3000000, 'x')); }),
              testing::ExitedWithCode(4),
              "write 2.9 MiB .after the first 0 bytes. to .*/a.partial: disk full .*free there.*; "
              "free some space or choose another folder");
  EXPECT_FALSE(path_exists(path("a")));
  EXPECT_FALSE(path_exists(path("a.partial")));
}

TEST_F(StorageFault, every_kind_of_call_reports_its_failure) {
  const auto work = [&] {
    create_directories(path("d.tmp"));
    write_file_atomic(path("d.tmp/a"), "x");
    rename_directory(path("d.tmp"), path("d"));
    remove_tree(path("d"));
  };
  EXPECT_EXIT(run_with_faults("", work), testing::ExitedWithCode(0), "");
  const std::pair<const char*, const char*> cases[] = {
      {"mkdir:1:EACCES", "create the folder .*d.tmp: Permission denied"},
      {"open:1:EDQUOT", "create .*a.partial: disk quota"},
      {"write:1:EIO", "write 1 bytes .*storage device failed"},
      {"fsync:1:EIO", "flush .*a.partial"},
      {"rename:1:EIO", "rename .*a.partial to .*a:"},
      {"fsync:2:EIO", "flush the folder .*d.tmp"},
      {"close:1:EIO", "close .*d.tmp/a"},
      {"rename:2:ENOSPC", "rename .*d.tmp to .*d: disk full"},
      {"remove:1:EACCES", "remove .*d: Permission"},
  };
  for (const auto& [faults, message] : cases) {
    EXPECT_EXIT(run_with_faults(faults, work), testing::ExitedWithCode(4), message) << faults;
    std::filesystem::remove_all(path("d"));
    std::filesystem::remove_all(path("d.tmp"));
  }
}

// One test a fault: the child runs its test from the start and must not have counted calls before.
class StorageDeath : public StorageFault, public testing::WithParamInterface<const char*> {};

TEST_P(StorageDeath, leaves_the_old_file_or_the_new_one) {
  const std::string old_text(1000, 'o');
  const std::string new_text(2000, 'n');
  put(path("a"), old_text);
  EXPECT_EXIT(run_with_faults(GetParam(), [&] { write_file_atomic(path("a"), new_text); }),
              testing::ExitedWithCode(137), "");
  const std::string text = content(path("a"));
  EXPECT_TRUE(text == old_text || text == new_text);
  write_file_atomic(path("a"), "next run");
  EXPECT_EQ(content(path("a")), "next run");
  EXPECT_FALSE(path_exists(path("a.partial")));
}

INSTANTIATE_TEST_SUITE_P(AnyCall, StorageDeath,
                         testing::Values("open:1:KILL", "write:1:KILL", "fsync:1:KILL",
                                         "rename:1:KILL", "fsync:2:KILL", "close:1:KILL"));

TEST_F(StorageFault, a_write_is_torn_when_the_process_dies_in_it) {
  EXPECT_EXIT(run_with_faults("write:1:KILL", [&] { write_file_atomic(path("a"), "12345678"); }),
              testing::ExitedWithCode(137), "");
  EXPECT_EQ(content(path("a.partial")), "1234");
}

// No seam here: the kernel itself refuses.
TEST_F(StorageFault, the_real_limit_of_file_size_is_reported) {
  const auto work = [&] {
    const rlimit limit{8192, 8192};
    setrlimit(RLIMIT_FSIZE, &limit);
    write_file_atomic(path("a"), std::string(100000, 'x'));
  };
  EXPECT_EXIT(run_as_program(work), testing::ExitedWithCode(4),
              "after the first 8.0 KiB.*beyond the largest file allowed.*ulimit -f");
  EXPECT_FALSE(path_exists(path("a")));
  EXPECT_FALSE(path_exists(path("a.partial")));
}

}  // namespace
}  // namespace gpst
