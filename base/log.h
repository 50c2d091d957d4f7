// Messages for the person at the terminal. Results go to stdout and never through here.
#pragma once

#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

namespace gpst {

// Thread-safe; passed by reference. A line is written whole. On a terminal a status line (drawn by
// Progress) stays below the messages.
class Log {
 public:
  enum class Level : std::uint8_t { quiet, normal, verbose };

  // `out` may be nullptr: nothing is ever written.
  explicit Log(Level level, std::FILE* out = stderr);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void info(std::string_view message);     // normal and verbose
  void warn(std::string_view message);     // always, "warning: " before it
  void verbose(std::string_view message);  // verbose only
  Level level() const { return level_; }

  // Whether a status line can be redrawn in place.
  bool is_terminal() const { return terminal_; }
  // Replaces the status line; the empty text removes it. Does nothing when not on a terminal.
  void set_status(std::string_view line);

  // For callers that want no messages at all.
  static Log& silent();

 private:
  void print_line(std::string_view prefix, std::string_view message);
  void erase_status();
  void draw_status();

  Level level_;
  std::FILE* out_;
  bool terminal_;
  std::mutex mutex_;
  std::string status_;
};

}  // namespace gpst
