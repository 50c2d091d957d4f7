// The `data:` and `time:` sections of generator training.
#pragma once

#include <cstdint>

#include "base/config.h"

namespace gpst {

struct TokenDataOptions {
  bool flips = true;     // half of the examples are the mirrored picture's tokens, if extracted
  int64_t held_out = 0;  // rows kept aside for the held-out loss

  void visit(FieldVisitor& v) {
    v.field({.name = "flips", .help = "use the mirrored pictures' tokens too"}, flips);
    v.field({.name = "held_out", .help = "rows kept aside for evaluation", .min = 0}, held_out);
  }
};

}  // namespace gpst
