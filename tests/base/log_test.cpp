#include "base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/progress.h"

namespace gpst {
namespace {

// A stream in memory of the process, to read back what was written.
class Capture {
 public:
  Capture() : file_(std::tmpfile()) {}
  ~Capture() { std::fclose(file_); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  std::FILE* file() { return file_; }
  std::string text() {
    std::fflush(file_);
    std::rewind(file_);
    std::string out;
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) out += static_cast<char>(c);
    return out;
  }

 private:
  std::FILE* file_;
};

// The two ends of a terminal.
class Terminal {
 public:
  Terminal() : reader_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    ::setenv("TERM", "xterm", 1);
    ::grantpt(reader_);
    ::unlockpt(reader_);
    file_ = std::fopen(::ptsname(reader_), "w");
  }
  ~Terminal() {
    if (file_ != nullptr) std::fclose(file_);
    ::close(reader_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  std::FILE* file() { return file_; }
  // All that was written; the end is marked, since a terminal hands on what it gets in pieces.
  std::string text() {
    constexpr std::string_view kEnd = "<end>";
    std::fwrite(kEnd.data(), 1, kEnd.size(), file_);
    std::fflush(file_);
    std::string out;
    while (!out.ends_with(kEnd)) {
      std::array<char, 4096> buffer{};
      const ssize_t size = ::read(reader_, buffer.data(), buffer.size());
      if (size <= 0) return out + " (cut off)";
      out.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return out.substr(0, out.size() - kEnd.size());
  }

 private:
  int reader_;
  std::FILE* file_ = nullptr;
};

std::string messages_at(Log::Level level) {
  Capture capture;
  Log log(level, capture.file());
  log.info("i");
  log.verbose("v");
  log.warn("w");
  return capture.text();
}

TEST(Log, level_chooses_the_messages) {
  EXPECT_EQ(messages_at(Log::Level::quiet), "warning: w\n");
  EXPECT_EQ(messages_at(Log::Level::normal), "i\nwarning: w\n");
  EXPECT_EQ(messages_at(Log::Level::verbose), "i\nv\nwarning: w\n");
}

TEST(Log, keeps_control_characters_from_the_terminal) {
  Capture capture;
  Log log(Log::Level::normal, capture.file());
  log.info("evil\x1b[2Jname\r.png\x7f");
  EXPECT_EQ(capture.text(), "evil?[2Jname?.png?\n");
}

TEST(Log, silent_log_can_be_used) {
  Log::silent().warn("nobody hears");
  Log::silent().set_status("nobody sees");
  EXPECT_FALSE(Log::silent().is_terminal());
}

TEST(Log, status_is_only_for_terminals) {
  Capture capture;
  Log log(Log::Level::normal, capture.file());
  log.set_status("50 %");
  EXPECT_EQ(capture.text(), "");
}

TEST(Log, status_line_makes_way_for_a_message_and_comes_back) {
  Terminal terminal;
  ASSERT_NE(terminal.file(), nullptr);
  Log log(Log::Level::normal, terminal.file());
  ASSERT_TRUE(log.is_terminal());
  log.set_status("50 %");
  log.info("hello");
  log.set_status("");
  EXPECT_EQ(terminal.text(), "50 %\r\x1b[Khello\r\n50 %\r\x1b[K");
}

// A clock that is moved by hand.
struct Clock {
  std::chrono::steady_clock::time_point time{};
  ProgressOptions options() {
    ProgressOptions options;
    options.now = [this] { return time; };
    return options;
  }
};

TEST(Progress, writes_a_line_now_and_then_with_rate_and_time_left) {
  Capture capture;
  Log log(Log::Level::normal, capture.file());
  Clock clock;
  {
    Progress progress(log, "sampling", 100, clock.options());
    for (int second = 1; second <= 20; ++second) {
      clock.time += std::chrono::seconds(1);
      progress.set_note("lion");
      progress.advance(2);
    }
  }
  EXPECT_EQ(capture.text(),
            "sampling: 20/100 (20%), 2.0/s, 40 s left, lion\n"
            "sampling: 40/100 (40%), 2.0/s, 30 s left, lion\n"
            "sampling: 40 in 20 s\n");
}

TEST(Progress, redraws_one_line_on_a_terminal) {
  Terminal terminal;
  ASSERT_NE(terminal.file(), nullptr);
  Log log(Log::Level::normal, terminal.file());
  Clock clock;
  {
    Progress progress(log, "x", -1, clock.options());
    clock.time += std::chrono::milliseconds(50);
    progress.advance();  // too early to be drawn
    clock.time += std::chrono::seconds(3);
    progress.advance(100);
  }
  EXPECT_EQ(terminal.text(), "x: 101, 33.1/s\r\x1b[Kx: 101 in 3 s\r\n");
}

TEST(Progress, says_nothing_when_disabled_or_quiet) {
  for (const bool quiet : {true, false}) {
    Capture capture;
    Log log(quiet ? Log::Level::quiet : Log::Level::normal, capture.file());
    Clock clock;
    ProgressOptions options = clock.options();
    options.enabled = quiet;
    {
      Progress progress(log, "x", 10, options);
      clock.time += std::chrono::minutes(1);
      progress.advance(10);
    }
    EXPECT_EQ(capture.text(), "");
  }
}

TEST(Progress, durations_are_written_as_people_do) {
  EXPECT_EQ(format_duration(3.6), "4 s");
  EXPECT_EQ(format_duration(187), "3:07");
  EXPECT_EQ(format_duration(7509), "2:05:09");
  EXPECT_EQ(format_duration(-1), "0 s");
}

}  // namespace
}  // namespace gpst
