#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace gpst {

// Printed by a bare call: what the program is, two examples, the commands.
std::string short_help(const std::vector<Command>& table);

// Printed by `gpstoken COMMAND --help`: every option with its range, default and key.
std::string command_help(const Command& command);

// The command of that name. UsageError with the nearest name when there is none.
const Command& find_command(const std::vector<Command>& table, const std::string& name);

}  // namespace gpst
