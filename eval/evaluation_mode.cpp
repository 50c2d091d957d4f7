#include "eval/evaluation_mode.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "base/error.h"

namespace gpst {

std::string name_of(EvaluationMode mode) {
  for (const auto& [value, name] : kEvaluationModes) {
    if (value == mode) return std::string(name);
  }
  return "";
}

EvaluationMode parse_evaluation_mode(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [mode, known] : kEvaluationModes) {
    if (known == name) return mode;
    names.emplace_back(known);
  }
  throw ConfigError(
      fmt::format("mode '{}' is unknown: expected one of {}", name, fmt::join(names, ", ")));
}

}  // namespace gpst
