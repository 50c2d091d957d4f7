#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/log.h"
#include "cli/command.h"
#include "cli/evaluate_request.h"

namespace gpst {

// Pictures that took no part, the first few warned of as they are found.
class EvaluateRejects {
 public:
  explicit EvaluateRejects(Log& log) : log_(log) {}

  void add(const std::string& location, const std::string& reason);
  nlohmann::json list() const { return list_; }  // of {path, reason}
  ExitCode exit_code() const { return list_.empty() ? ExitCode::ok : ExitCode::partial; }

 private:
  Log& log_;
  nlohmann::json list_ = nlohmann::json::array();
};

// What every report begins with: version, mode, size and resize, the weights' checksum (null where
// none was used), threads, device.
nlohmann::json report_head(const EvaluateOptions& options, const CommandContext& context);

// The result of a command from its finished report; written to --json-file too when that is given.
// `text` is what people see; empty: a table of the metrics and the conventions.
CommandResult finished(nlohmann::json report, const EvaluateRejects& rejects, std::string text,
                       const EvaluateOptions& options);

}  // namespace gpst
