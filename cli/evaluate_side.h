#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "eval/picture_set.h"
#include "eval/statistics_file.h"

namespace gpst {

// One side of a comparison: pictures, statistics, or both in one npz (ADM's reference batches).
struct EvaluateSide {
  std::vector<std::string> inputs;
  std::optional<PictureSet> pictures;
  std::optional<FeatureStatistics> statistics;

  std::string text() const;  // the inputs, for messages and reports
};

// InputError for statistics among several inputs, and whatever PictureSet and read_statistics
// refuse. Files that are passed over are said in the log.
EvaluateSide open_side(const std::vector<std::string>& inputs, const PictureSetOptions& options,
                       Log& log);

// The same where only pictures will do.
PictureSet open_pictures(const std::vector<std::string>& inputs, const PictureSetOptions& options,
                         Log& log);

// How `gpstoken sample` made these pictures, as far as its report.json or the npz say so: keys
// `label_policy` and `rounding`, null where nothing is known.
nlohmann::json sampling_conventions(const std::vector<std::string>& inputs);

}  // namespace gpst
