#pragma once

#include <cstdint>

#include "base/config.h"

namespace gpst {

// --timeout of the commands that several processes of a launch do together.
struct LaunchTimeout {
  int64_t seconds = 120;

  void visit(FieldVisitor& v) {
    v.field({.name = "timeout",
             .help = "seconds to wait for the other processes of a launch",
             .min = 1,
             .max = 86400},
            seconds);
  }
};

}  // namespace gpst
