#pragma once

#include <cstdint>

#include "ops/accelerator.h"
#include "tokenizer/config.h"

namespace gpst {

// Pictures at a time for a user who names none: the largest power of two, at most 64, with which
// the largest maps of the decoder (three of all its channels at the picture's full size) take at
// most half of the memory that is free. At least 1.
int64_t batch_that_fits(const TokenizerOptions& tokenizer, int64_t side /*of a picture*/,
                        at::ScalarType type, const DeviceMemory& memory);

// `wanted`, or the above where it is 0; never more than there are pictures to make.
struct BatchRequest {
  int64_t wanted = 0;
  int64_t count = 1;  // pictures to make
  int64_t side = 0;   // of each
};
int64_t batch_size(const BatchRequest& request, const TokenizerOptions& tokenizer,
                   at::Device device, at::ScalarType type);

}  // namespace gpst
