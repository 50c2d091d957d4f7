#pragma once

#include <string>

#include "cli/command.h"
#include "cli/evaluate_report.h"
#include "cli/evaluate_request.h"
#include "eval/features.h"

namespace gpst {

// Inception on the call's device, with what reports say of it.
struct LoadedInception {
  Inception net;
  std::string sha256;

  SetFeatures features(const PictureSet& pictures, const FeatureRequest& request,
                       const std::string& label, const EvaluateOptions& options,
                       const CommandContext& context, EvaluateRejects& rejects) const;
};

// The files of --inception or of the search path: IoError that says what to do when there are none.
LoadedInception load_inception(const CommandContext& context, const EvaluateOptions& options);

}  // namespace gpst
