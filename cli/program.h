#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace gpst {

// The whole program but for main(): `words` are the arguments after its name. Prints results to
// stdout, messages to stderr, and returns the exit status (base/error.h). Throws nothing.
int run_program(const std::vector<Command>& table, const std::vector<std::string>& words);

}  // namespace gpst
