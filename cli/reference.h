#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace gpst {

// The man page (troff) and docs/config.md (every key with type, default, range and help), both
// made from the command table. `models`: sections that describe models, in YAML only.
std::string man_page(const std::vector<Command>& table);
std::string config_reference(const std::vector<Command>& table,
                             const std::vector<OptionGroup>& models);

}  // namespace gpst
