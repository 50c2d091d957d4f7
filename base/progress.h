// How far a long piece of work is: on a terminal one line with rate and time left, otherwise a line
// about every ten seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "base/log.h"

namespace gpst {

struct ProgressOptions {
  bool enabled = true;
  // The time of a line to the next when not on a terminal, and of a redraw on one.
  std::chrono::milliseconds line_interval{10000};
  std::chrono::milliseconds redraw_interval{100};
  // The clock; tests give their own.
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

// Thread-safe. Shows nothing when disabled or when the log is quiet. `total` < 0: unknown, no time
// left is shown.
class Progress {
 public:
  Progress(Log& log, std::string label, std::int64_t total, ProgressOptions options = {});
  ~Progress();  // removes the line from the terminal and says how long it took
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::int64_t n = 1);
  // A short text behind the numbers: a loss, a file name.
  void set_note(std::string note);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  void show_if_due();
  std::string line(TimePoint now) const;

  Log& log_;
  std::string label_;
  std::int64_t total_;
  ProgressOptions options_;
  bool shown_;
  std::mutex mutex_;
  std::string note_;
  std::int64_t done_ = 0;
  TimePoint start_;
  TimePoint last_shown_;
};

// "4 s", "3:07", "2:05:09".
std::string format_duration(double seconds);

}  // namespace gpst
