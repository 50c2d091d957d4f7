#include "train/metrics_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "train/event_writer.h"

namespace gpst {
namespace {

std::string header_of(const std::vector<std::string>& columns) {
  return fmt::format("step,{}\n", fmt::join(columns, ","));
}

// The lines of an earlier file whose step is at most `step`.
std::string kept_rows(const std::filesystem::path& path, const std::string& header, int64_t step) {
  std::istringstream lines(read_file(path.string()));
  std::string line, kept;
  if (!std::getline(lines, line) || line + "\n" != header) {
    throw InputError(
        fmt::format("{}: its columns are not those of this run ({}); use another output folder",
                    path.string(), header.substr(0, header.size() - 1)));
  }
  while (std::getline(lines, line)) {
    if (std::strtoll(line.c_str(), nullptr, 10) <= step) kept += line + "\n";
  }
  return kept;
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& run, std::vector<std::string> columns,
                       int64_t step)
    : path_(run / "metrics.csv"), columns_(std::move(columns)), text_(header_of(columns_)) {
  create_directories(run.string());
  if (step > 0 && std::filesystem::exists(path_)) text_ += kept_rows(path_, text_, step);
  drop_events_after(run / "tensorboard", step);
  events_ = std::make_unique<EventWriter>(run / "tensorboard");
}

MetricsLog::~MetricsLog() = default;

void MetricsLog::log(int64_t step, const Metrics& metrics) {
  std::vector<std::string> cells(columns_.size());
  for (const auto& [name, value] : metrics) {
    const auto column = std::ranges::find(columns_, name);
    if (column == columns_.end()) {
      throw Error(ExitCode::internal, fmt::format("metric '{}' has no column", name));
    }
    cells[static_cast<size_t>(column - columns_.begin())] = fmt::format("{:.6g}", value);
    events_->scalar(step, name, static_cast<float>(value));
  }
  text_ += fmt::format("{},{}\n", step, fmt::join(cells, ","));
  write_file_atomic(path_.string(), text_);
  events_->flush();
}

}  // namespace gpst
