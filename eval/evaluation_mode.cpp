#include "eval/evaluation_mode.h"

#include "base/enum_names.h"

namespace gpst {

std::string name_of(EvaluationMode mode) { return name_in(kEvaluationModes, mode); }

EvaluationMode parse_evaluation_mode(std::string_view name) {
  return parse_enum("mode", name, kEvaluationModes);
}

}  // namespace gpst
