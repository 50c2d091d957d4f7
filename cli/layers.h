#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/parse.h"

namespace gpst {

// The configuration of one call: YAML of --config, below the environment, below --set and options.
// A variable is named after the key (GPST_SAMPLING_STEPS) or after the option (GPST_STEPS).
// IoError and ConfigError as Config; keys that no command knows are refused, those of the sections
// that describe a model (model_sections) are left to whoever reads the model.
Config layered_config(const Command& command, const std::vector<Command>& table,
                      const ParsedLine& line);

// Top-level keys of model folders and of the published YAML files.
const std::vector<std::string>& model_sections();

// --print-config: a line "key: value  # origin" for each of the command's settings.
std::string print_config(const Command& command, const Config& config);

}  // namespace gpst
