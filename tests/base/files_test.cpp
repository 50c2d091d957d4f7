#include "base/files.h"

#include <sys/stat.h>

#include "base/append_file.h"
#include "base/error.h"
#include "tests/base/folder_fixture.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Files : public FolderFixture {};

TEST_F(Files, a_file_appears_whole_and_only_with_commit) {
  {
    AtomicFile file(path("a"));
    file.write("hello ");
    file.write("world");
    EXPECT_EQ(file.position(), 11);
    EXPECT_FALSE(path_exists(path("a")));
    file.commit();
  }
  EXPECT_EQ(content(path("a")), "hello world");
  EXPECT_FALSE(path_exists(path("a.partial")));
}

TEST_F(Files, without_commit_the_old_file_stays_and_nothing_is_left) {
  put(path("a"), "old");
  { AtomicFile(path("a")).write("new"); }
  EXPECT_EQ(content(path("a")), "old");
  EXPECT_FALSE(path_exists(path("a.partial")));
}

TEST_F(Files, what_a_killed_writer_left_is_taken_over) {
  put(path("a.partial"), "a long rest of an earlier run");
  write_file_atomic(path("a"), "new");
  EXPECT_EQ(content(path("a")), "new");
}

TEST_F(Files, large_and_small_pieces_and_seeks_give_the_file_they_say) {
  std::string expected;
  AtomicFile file(path("a"));
  for (std::size_t size : {std::size_t{1}, std::size_t{300000}, std::size_t{0}, std::size_t{262144},
                           std::size_t{17}, std::size_t{262143}}) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    file.write(piece);
    expected += piece;
  }
  ASSERT_EQ(file.position(), static_cast<std::int64_t>(expected.size()));
  file.seek(5);
  file.write("HEAD");
  expected.replace(5, 4, "HEAD");
  EXPECT_EQ(file.position(), 9);
  file.seek(static_cast<std::int64_t>(expected.size()) + 3);
  file.write("end");
  expected += std::string(3, '\0') + "end";
  AtomicFile moved = std::move(file);
  moved.commit();
  EXPECT_EQ(content(path("a")), expected);
}

TEST_F(Files, a_second_writer_is_told_about_the_first) {
  AtomicFile first(path("a"));
  EXPECT_THAT(message_of<IoError>([&] { AtomicFile second(path("a")); }),
              AllOf(HasSubstr(path("a")), HasSubstr("another process is writing it")));
  first.write("first");
  first.commit();
  EXPECT_EQ(content(path("a")), "first");
  write_file_atomic(path("a"), "third");
  EXPECT_EQ(content(path("a")), "third");
}

TEST_F(Files, writing_where_it_cannot_be_says_why) {
  EXPECT_THAT(message_of<IoError>([&] { write_file_atomic(path("no/a"), ""); }),
              AllOf(HasSubstr(path("no/a")), HasSubstr("No such file")));
  EXPECT_THAT(message_of<IoError>([&] { write_file_atomic(folder(), ""); }),
              HasSubstr("it is a folder"));
  put(path("f"), "");
  EXPECT_THAT(message_of<IoError>([&] { write_file_atomic(path("f/a"), ""); }),
              HasSubstr("a part of the path is a file"));
}

TEST_F(Files, reads_whole_files_of_any_size) {
  for (const std::size_t size : {0U, 1U, 65535U, 65536U, 65537U, 200000U}) {
    const std::string text(size, 'x');
    put(path("a"), text);
    EXPECT_EQ(read_file(path("a")), text);
    EXPECT_EQ(read_file(path("a"), static_cast<std::int64_t>(size)), text);
  }
  EXPECT_THAT(message_of<InputError>([&] { read_file(path("a"), 199999); }),
              AllOf(HasSubstr(path("a")), HasSubstr("at most 195.3 KiB")));
  EXPECT_FALSE(read_file("/proc/self/status").empty());  // says its size is 0
}

TEST_F(Files, reading_what_is_not_there_says_so) {
  EXPECT_THAT(message_of<IoError>([&] { read_file(path("none")); }),
              AllOf(HasSubstr(path("none")), HasSubstr("No such file")));
  EXPECT_THAT(message_of<IoError>([&] { read_file(folder()); }), HasSubstr("it is a folder"));
  EXPECT_THAT(message_of<IoError>([&] { MappedFile file(path("none")); }),
              HasSubstr("No such file"));
  EXPECT_THAT(message_of<IoError>([&] { MappedFile file(folder()); }), HasSubstr("it is a folder"));
  EXPECT_THAT(message_of<IoError>([&] { MappedFile file("/dev/null"); }),
              HasSubstr("not a regular file"));
}

TEST_F(Files, a_mapping_shows_the_bytes_and_moves) {
  put(path("a"), "bytes");
  MappedFile file(path("a"));
  MappedFile moved = std::move(file);
  MappedFile assigned(path("a"));
  assigned = std::move(moved);
  const auto bytes = assigned.bytes();
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "bytes");
  put(path("empty"), "");
  EXPECT_TRUE(MappedFile(path("empty")).bytes().empty());
}

TEST_F(Files, a_lock_is_held_by_one) {
  {
    FileLock lock(path("lock"));
    EXPECT_THAT(message_of<IoError>([&] { FileLock other(path("lock")); }),
                AllOf(HasSubstr("locked by process " + std::to_string(::getpid())),
                      HasSubstr(path("lock"))));
  }
  EXPECT_NO_THROW(FileLock(path("lock")));
}

TEST_F(Files, an_appended_file_keeps_what_it_is_told_to_keep) {
  {
    AppendFile file(path("log"), 0);
    file.append("one\n");
    file.append("two\n");
    EXPECT_EQ(file.size(), 8);
    EXPECT_EQ(content(path("log")), "one\ntwo\n") << "nothing waits in a buffer";
  }
  AppendFile(path("log"), 4).append("three\n");
  EXPECT_EQ(content(path("log")), "one\nthree\n");
  EXPECT_THAT(message_of<IoError>([&] { AppendFile file(path("log"), 11); }),
              AllOf(HasSubstr("expected at least 11 bytes"), HasSubstr("found 10")));
}

TEST_F(Files, folders_are_created_with_their_parents) {
  create_directories(path("a/b//c/"));
  EXPECT_TRUE(is_directory(path("a/b/c")));
  create_directories(path("a/b/c"));
  create_directories("");
  put(path("a/file"), "");
  EXPECT_THROW(create_directories(path("a/file/x")), IoError);
  EXPECT_THAT(message_of<IoError>([&] { create_directories(path("a/file")); }),
              HasSubstr("a file of this name"));
}

TEST_F(Files, a_folder_gets_its_final_name_once) {
  create_directories(path("step.tmp"));
  write_file_atomic(path("step.tmp/a"), "1");
  rename_directory(path("step.tmp"), path("step"));
  EXPECT_EQ(content(path("step/a")), "1");
  EXPECT_FALSE(path_exists(path("step.tmp")));
  create_directories(path("step.tmp"));
  EXPECT_THAT(message_of<IoError>([&] { rename_directory(path("step.tmp"), path("step")); }),
              HasSubstr("there already"));
  remove_tree(path("step"));
  EXPECT_FALSE(path_exists(path("step")));
  EXPECT_NO_THROW(remove_tree(path("step")));
}

}  // namespace
}  // namespace gpst
