#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cli/command.h"

namespace gpst {

// Milliseconds of the main steps for one picture on one thread (median of several runs): partition,
// encode (with it), decode (with rendering), of the model the call names. The picture is drawn, not
// read.
nlohmann::ordered_json speed_table(const CommandContext& context);

}  // namespace gpst
