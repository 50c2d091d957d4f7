#pragma once

#include <vector>

#include "base/log.h"
#include "cli/evaluate_request.h"
#include "cli/evaluate_side.h"

namespace gpst {

// The metrics of two sets that are computed: those asked for, or all that the inputs allow, the
// others said in the log with the reason. InputError for one that was asked for and cannot be.
std::vector<Metric> chosen_metrics(const EvaluateOptions& options, const EvaluateSide& samples,
                                   const EvaluateSide& reference, Log& log);

bool contains(const std::vector<Metric>& metrics, Metric metric);

}  // namespace gpst
