// Names out of files, made fit for a message.
#pragma once

#include <string>
#include <string_view>

namespace gpst {

// 'name' with control characters as \xNN, so that a file cannot write to the terminal, and with the
// middle of very long names left out.
std::string quote_name(std::string_view name);

}  // namespace gpst
