#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"

namespace gpst {

// One value a user gave, ready for Config::set.
struct Setting {
  std::string key;
  std::string yaml_value;
  std::string origin;  // as typed: "--steps", "--set a.b=c"
};

// What the words after a command's name say.
struct ParsedLine {
  bool help = false;
  bool print_config = false;
  std::filesystem::path config_file;
  std::vector<Setting> settings;   // --set first, then options: an option beats a --set
  std::vector<std::string> words;  // operands of a command that takes them raw
};

// Reads a command line with Boost.Program_options, the one place that knows it. Long names are
// never guessed from their beginning; '-' and '_' are the same; a switch --x has a --no-x.
// UsageError: unknown option (with the nearest name), missing or unwanted value, an option twice,
// operands for a command that takes none.
ParsedLine parse_command_line(const Command& command, const std::vector<std::string>& words);

}  // namespace gpst
