#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/work_meter.h"
#include "cli/compute_place.h"

namespace gpst {

// What one picture came to.
struct ReconstructedPicture {
  enum class State { rejected, made, kept };  // kept: an earlier run had made the very same
  State state = State::rejected;
  std::string path = {};            // of the input, relative
  std::optional<double> psnr = {};  // none for identical pictures
  double ssim = 0;
  int64_t tokens = 0;
  double encode_seconds = 0;
  double decode_seconds = 0;
};

// What holds for the whole run.
struct ReconstructRun {
  std::string model;
  std::string weights_id;
  std::string settings;  // YAML
  ComputePlace place;
  int64_t batch_size = 1;
  int64_t side = 0;
  WorkCost cost;
};

// report.json: psnr, ssim, tokens and time as means over pictures, identical ones left out of the
// mean PSNR and counted, and a list `images` with the same keys for each.
nlohmann::json report_json(const ReconstructRun& run,
                           const std::vector<ReconstructedPicture>& pictures);

// The same as a table for people; long lists are cut to the means.
std::string report_text(const nlohmann::json& report);

}  // namespace gpst
