#pragma once

#include "tokenizer/config.h"
#include "tokenizer/partition.h"

namespace gpst {

// How a model cuts a tile, gps_num regions unless the caller changes that.
inline PartitionOptions partition_options(const GpsOptions& gps) {
  return {.tokens = static_cast<int>(gps.gps_num),
          .minhw = static_cast<int>(gps.gps_minhw),
          .exponent = gps.gps_adaptive_w,
          .square_tie = gps.gps_square_tie};
}

}  // namespace gpst
