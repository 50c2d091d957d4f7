// Between YAML text and ConfigNode. Internal to base/.
#pragma once

#include <string>
#include <string_view>

#include "base/config_node.h"

namespace gpst {

// ConfigError for anything config.h refuses. With `line_numbers` a node's origin is "origin:12".
enum class LineNumbers : bool { no, yes };
ConfigNode parse_yaml(std::string_view text, const std::string& origin, LineNumbers line_numbers);

// Block style, readable by parse_yaml: the same tree comes back.
std::string write_yaml(const ConfigNode& root);

// A scalar as YAML: quoted where it would be taken for something else.
std::string write_scalar(std::string_view text);

}  // namespace gpst
