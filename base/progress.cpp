#include "base/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gpst {
namespace {

double seconds_between(std::chrono::steady_clock::time_point from,
                       std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

// "12.3/s", or the time of one where that is the more telling number.
std::string format_rate(double per_second) {
  if (per_second >= 100) return fmt::format("{:.0f}/s", per_second);
  if (per_second >= 1) return fmt::format("{:.1f}/s", per_second);
  return fmt::format("{:.1f} s each", 1 / per_second);
}

}  // namespace

std::string format_duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::max(seconds, 0.0) + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

Progress::Progress(Log& log, std::string label, std::int64_t total, ProgressOptions options)
    : log_(log),
      label_(std::move(label)),
      total_(total),
      options_(std::move(options)),
      shown_(options_.enabled && log.level() != Log::Level::quiet),
      start_(options_.now()),
      last_shown_(start_) {}

Progress::~Progress() {
  if (!shown_) return;
  log_.set_status("");
  const double seconds = seconds_between(start_, options_.now());
  log_.info(fmt::format("{}: {} in {}", label_, done_, format_duration(seconds)));
}

void Progress::advance(std::int64_t n) {
  const std::lock_guard lock(mutex_);
  done_ += n;
  show_if_due();
}

void Progress::set_note(std::string note) {
  const std::lock_guard lock(mutex_);
  note_ = std::move(note);
}

void Progress::show_if_due() {
  if (!shown_) return;
  const TimePoint now = options_.now();
  const auto interval = log_.is_terminal() ? options_.redraw_interval : options_.line_interval;
  if (now - last_shown_ < interval) return;
  last_shown_ = now;
  if (log_.is_terminal()) {
    log_.set_status(line(now));
  } else {
    log_.info(line(now));
  }
}

std::string Progress::line(TimePoint now) const {
  const double seconds = seconds_between(start_, now);
  std::string text = total_ < 0 ? fmt::format("{}: {}", label_, done_)
                                : fmt::format("{}: {}/{}", label_, done_, total_);
  if (total_ > 0) text += fmt::format(" ({}%)", 100 * done_ / total_);
  if (done_ > 0 && seconds > 0) {
    const double rate = static_cast<double>(done_) / seconds;
    text += fmt::format(", {}", format_rate(rate));
    if (done_ < total_) {
      text += fmt::format(", {} left", format_duration(static_cast<double>(total_ - done_) / rate));
    }
  }
  if (!note_.empty()) text += fmt::format(", {}", note_);
  return text;
}

}  // namespace gpst
