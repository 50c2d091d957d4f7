#pragma once

#include <cstdint>

#include "base/config.h"

namespace gpst {

// --batch-size of the commands that work picture by picture on the CPU.
struct BatchOption {
  int64_t batch_size = 0;

  void visit(FieldVisitor& v) {
    v.field(
        {.name = "batch_size",
         .help = "pictures at a time on a GPU, 0: as memory allows, at most 64; on the CPU each "
                 "thread takes one",
         .min = 0,
         .max = 4096},
        batch_size);
  }
};

}  // namespace gpst
