// The `data:` section of tokenizer training: where pictures come from and what is kept in memory.
#pragma once

#include <cstdint>
#include <string>

#include "base/config.h"

namespace gpst {

struct PictureDataOptions {
  std::string target = "AdaptiveGPSDataset";  // published files carry it
  int64_t num_workers = 0;                    // published files carry it; workers are --threads
  std::string paths_or_file;                  // params.paths_or_file: the pictures, as --data
  int64_t size = 256;                         // params.size: side of the square crop
  bool flips = true;                          // half of the examples are mirrored
  int64_t held_out = 0;                       // pictures kept aside, evenly over the classes
  int64_t cache_mb = 1024;                    // decoded pictures and partitions kept in memory

  void visit(FieldVisitor& visitor);
};

}  // namespace gpst
