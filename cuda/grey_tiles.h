// Grey tiles of RGB pictures, (0.299 R + 0.587 G) + 0.114 B in this order, each operation rounded:
// the bits of tokenizer/grey. Strides in values. Tile (row, column) of picture b is number
// (b*rows + row)*columns + column.
#pragma once

#include <cstdint>

#include "cuda/stream.h"

namespace gpst::cuda {

struct GreySource {
  const float* pictures;  // [B,3,rows*side,columns*side] by these strides
  int64_t picture_stride, channel_stride, row_stride, column_stride;
  int64_t count, rows, columns, side;
};

// Nothing is launched for no tiles. InputError: more than 65,535 tiles, sizes that do not fit.
void grey_tiles(const GreySource& source,
                float* grey,  // [B*rows*columns,side,side], written
                Stream stream);

}  // namespace gpst::cuda
