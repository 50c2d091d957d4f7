#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace gpst {

enum class Shell { bash, zsh, fish };

// A completion script: commands, and the options of each with its choices.
std::string completion_script(Shell shell, const std::vector<Command>& table);

}  // namespace gpst
