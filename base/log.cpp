#include "base/log.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace gpst {
namespace {

constexpr std::string_view kEraseLine = "\r\x1b[K";
constexpr std::size_t kUnknownWidth = 80;

bool can_redraw(std::FILE* out) {
  if (out == nullptr || ::isatty(::fileno(out)) == 0) return false;
  const char* const terminal = std::getenv("TERM");
  return terminal != nullptr && std::string_view(terminal) != "dumb";
}

std::size_t terminal_width(std::FILE* out) {
  winsize size{};
  if (::ioctl(::fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col < 2) return kUnknownWidth;
  return size.ws_col;
}

// Control characters of a file name must not reach the terminal; line ends and tabs may.
std::string printable(std::string_view text) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(),
      [](unsigned char c) { return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f; }, '?');
  return clean;
}

}  // namespace

Log::Log(Level level, std::FILE* out) : level_(level), out_(out), terminal_(can_redraw(out)) {}

Log::~Log() { erase_status(); }

void Log::info(std::string_view message) {
  if (level_ != Level::quiet) print_line("", message);
}

void Log::warn(std::string_view message) { print_line("warning: ", message); }

void Log::verbose(std::string_view message) {
  if (level_ == Level::verbose) print_line("", message);
}

void Log::set_status(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (!terminal_) return;
  erase_status();
  status_ = printable(line);
  draw_status();
}

Log& Log::silent() {
  static Log log(Level::quiet, nullptr);
  return log;
}

void Log::print_line(std::string_view prefix, std::string_view message) {
  if (out_ == nullptr) return;
  const std::lock_guard lock(mutex_);
  erase_status();
  const std::string line = fmt::format("{}{}\n", prefix, printable(message));
  std::fwrite(line.data(), 1, line.size(), out_);
  draw_status();
  std::fflush(out_);
}

void Log::erase_status() {
  if (status_.empty()) return;
  std::fwrite(kEraseLine.data(), 1, kEraseLine.size(), out_);
  std::fflush(out_);
}

void Log::draw_status() {
  if (status_.empty()) return;
  // A line that wraps could not be erased.
  const std::string_view shown = std::string_view(status_).substr(0, terminal_width(out_) - 1);
  std::fwrite(shown.data(), 1, shown.size(), out_);
  std::fflush(out_);
}

}  // namespace gpst
