// From pictures of models to 8 bits (numerics section 5), by the rule of image/preprocess:
//   v clamped to [-1,1], (v + 1) * 127.5, truncated or rounded half up
#pragma once

#include <cstdint>

#include "cuda/bf16.h"
#include "cuda/stream.h"

namespace gpst::cuda {

struct PictureShape {
  int64_t pictures, height, width;
};

// In values. Planes without gaps and interleaved pictures without gaps are read in vectors,
// anything else value by value.
struct PictureStrides {
  int64_t picture, channel, row, column;
};

// The bytes are those of the host's quantise. A value that is not a number becomes 0 and is
// reported in first_nan: its place in [3,height,width] order, the first of each picture; 3 * height
// * width where all are numbers. T is float or Bf16. Nothing is launched for an empty shape, and
// first_nan is 0 then. InputError when a size does not fit an int.
template <class T>
void quantise(const T* pictures,  // [B, 3, height, width] by its strides
              const PictureStrides& strides,
              uint8_t* bytes,  // [B, height, width, 3], written
              int* first_nan,  // [B], written
              const PictureShape& shape, bool nearest, Stream stream);

}  // namespace gpst::cuda
