// How fast a run of the sampler is on its way: a progress line, and a table in the log and the
// report.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace gpst {

class Log;

// One row of the table. Rates are those since the row before.
struct MeterRow {
  double seconds = 0;  // since the start
  int64_t pictures = 0;
  double pictures_per_second = 0;
  double model_rows_per_second = 0;
  int64_t peak_memory_bytes = 0;         // of the process
  int64_t device_peak_memory_bytes = 0;  // 0 on the CPU
};

struct MeterOptions {
  bool enabled = true;  // shows anything; the table is kept in any case
  // Rows that the texture net has computed so far, and the device's peak; none: 0.
  std::function<int64_t()> model_rows = {};
  std::function<int64_t()> device_peak = {};
  // The clock; tests give their own.
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

// The first row comes after ten seconds, each next one when a quarter more time has gone by (at
// least five seconds, at most half an hour), and one at the end: fewer than a hundred rows for a
// day. Thread-safe.
class SampleMeter {
 public:
  SampleMeter(Log& log, int64_t total, MeterOptions options);
  ~SampleMeter();

  void advance();  // by a picture
  // Ends the table.
  std::vector<MeterRow> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gpst
