#pragma once

#include "cli/command.h"

namespace gpst {

// A command that takes pictures through a tokenizer (reconstruct, encode, visualize): `own` with
// the operands, the model's options before its own, and the names these options also go by. Its
// options have a field `input` and a field `output`.
Command picture_command(Command own);

}  // namespace gpst
