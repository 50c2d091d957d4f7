#pragma once

#include <vector>

#include "cli/command.h"

namespace gpst {

// Every command of the program, in the order help lists them.
const std::vector<Command>& command_table();

}  // namespace gpst
