// What a run reports as it goes: RUN/metrics.csv, and the same numbers as TensorBoard events.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gpst {

using Metrics = std::vector<std::pair<std::string, double>>;

// metrics.csv has the columns it was made with; a value that a row does not have stays empty.
// Rows are on the disk when log() returns. The file is replaced as a whole, so it is never torn.
class MetricsLog {
 public:
  // Continues the file of an earlier run up to row `step`; later rows, of work that was lost, are
  // dropped, and the same in the event files. InputError when its columns differ.
  MetricsLog(const std::filesystem::path& run, std::vector<std::string> columns, int64_t step);
  ~MetricsLog();
  MetricsLog(const MetricsLog&) = delete;
  MetricsLog& operator=(const MetricsLog&) = delete;

  // `metrics` may lack columns, and have none that was not declared (internal Error).
  void log(int64_t step, const Metrics& metrics);

 private:
  std::filesystem::path path_;
  std::vector<std::string> columns_;
  std::string text_;  // the whole file
  std::unique_ptr<class EventWriter> events_;
};

}  // namespace gpst
