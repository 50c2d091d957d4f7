// What the kernels of a SiT block's element-wise parts are given beside the tokens.
#pragma once

#include <cstdint>

namespace gpst::cuda {

// Shifts, scales or gates: D numbers for every picture.
struct ModulationRows {
  const float* values;  // [N, D], the D numbers of a picture contiguous
  int64_t row_stride;   // in numbers; 0: the same for all pictures
};

struct TokenShape {
  int64_t pictures, tokens, width;  // N, l, D
};

}  // namespace gpst::cuda
