#include "sampler/sample_meter.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/progress.h"
#include "base/system.h"

namespace gpst {
namespace {

constexpr double kFirstRow = 10;  // seconds
constexpr double kShortestGap = 5;
constexpr double kLongestGap = 1800;
constexpr double kGrowth = 1.25;  // of the time of a row to the next
constexpr auto kNever = std::chrono::hours(24 * 365);

int64_t value_of(const std::function<int64_t()>& source) { return source ? source() : 0; }

std::string heading() {
  return fmt::format("{:>15} {:>11} {:>11} {:>11} {:>11} {:>9}", "pictures", "pictures/s",
                     "model rows/s", "memory", "on device", "left");
}

}  // namespace

struct SampleMeter::State {
  State(Log& to, int64_t count, MeterOptions settings)
      : log(to), total(count), options(std::move(settings)), start(options.now()) {
    // On a terminal a line that moves, elsewhere the table alone.
    progress.emplace(
        log, "sampling", count,
        ProgressOptions{.enabled = options.enabled, .line_interval = kNever, .now = options.now});
  }

  double seconds() const { return std::chrono::duration<double>(options.now() - start).count(); }

  void add_row(double now) {
    const MeterRow last = rows.empty() ? MeterRow{} : rows.back();
    const double time = std::max(now - last.seconds, 1e-9);
    const int64_t model_rows = value_of(options.model_rows);
    rows.push_back(
        {.seconds = now,
         .pictures = done,
         .pictures_per_second = static_cast<double>(done - last.pictures) / time,
         .model_rows_per_second = static_cast<double>(model_rows - model_rows_then) / time,
         .peak_memory_bytes = peak_memory_bytes(),
         .device_peak_memory_bytes = value_of(options.device_peak)});
    model_rows_then = model_rows;
    next_row = now + std::clamp(now * (kGrowth - 1), kShortestGap, kLongestGap);
  }

  void show_row() {
    if (!options.enabled) return;
    const MeterRow& row = rows.back();
    if (rows.size() == 1) log.info(heading());
    const double left = row.seconds * static_cast<double>(total - done) /
                        static_cast<double>(std::max<int64_t>(done, 1));
    const auto bytes = [](int64_t count) {
      return count > 0 ? fmt::format("{:.0f} MiB", static_cast<double>(count) / (1 << 20)) : "-";
    };
    log.info(fmt::format("{:>15} {:>11.2f} {:>11.0f} {:>11} {:>11} {:>9}",
                         fmt::format("{}/{}", done, total), row.pictures_per_second,
                         row.model_rows_per_second, bytes(row.peak_memory_bytes),
                         bytes(row.device_peak_memory_bytes), format_duration(left)));
  }

  Log& log;
  int64_t total;
  MeterOptions options;
  std::chrono::steady_clock::time_point start;
  std::optional<Progress> progress;
  std::mutex mutex;
  int64_t done = 0;
  int64_t model_rows_then = 0;
  double next_row = kFirstRow;
  std::vector<MeterRow> rows;
};

SampleMeter::SampleMeter(Log& log, int64_t total, MeterOptions options)
    : state_(std::make_unique<State>(log, total, std::move(options))) {}

SampleMeter::~SampleMeter() = default;

void SampleMeter::advance() {
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  ++state.done;
  state.progress->advance();
  const double now = state.seconds();
  if (now < state.next_row) return;
  state.add_row(now);
  state.show_row();
}

std::vector<MeterRow> SampleMeter::finish() {
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  const bool began = !state.rows.empty();
  if (state.done > 0 && (!began || state.rows.back().pictures < state.done)) {
    state.add_row(state.seconds());
    if (began) state.show_row();
  }
  state.progress.reset();
  return std::exchange(state.rows, {});
}

}  // namespace gpst
