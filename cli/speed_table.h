#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cli/command.h"

namespace gpst {

// Milliseconds and peak memory of the main steps for one picture on one thread (median of several
// runs), of the model the call names: start_up (loading the tokenizer to its first partition;
// once), partition, encode (with it), decode (with rendering). The picture is drawn, not read. The
// peak is that of the process while the step ran, or so far where the system does not count it
// anew.
nlohmann::ordered_json speed_table(const CommandContext& context);

}  // namespace gpst
