// The net of the golden data's generator and layout folders.
#pragma once

#include <string>

#include "base/config.h"
#include "base/log.h"
#include "nn/sit.h"
#include "nn/weights.h"
#include "tests/support/golden_tensor.h"

namespace gpst {

inline Config golden_config(const std::string& folder) {
  return Config::from_yaml_file(golden_path(folder + "/config.yaml").string());
}

inline Sit golden_sit(const std::string& folder, int64_t condition_channels) {
  SitOptions options;
  golden_config(folder).read("model", options);
  Sit net(options, condition_channels);
  load_weights(net.module(), open_golden(folder + "/model.safetensors"), {}, Log::silent());
  return net;
}

}  // namespace gpst
