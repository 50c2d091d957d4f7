// Grey tiles of RGB pictures, the input of partition_regions (tokenizer/partition_regions.h).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gpst {

// (0.299 R + 0.587 G) + 0.114 B, each operation rounded to float32: the bits of tokenizer/grey.h on
// every device. Returns [B*n*m, side, side], the n x m tiles of a picture in row-major order.
// Throws InputError: pictures not [B, 3, n*side, m*side] float32.
at::Tensor grey_tiles(const at::Tensor& pictures,  // [B, 3, n*side, m*side], any strides
                      int64_t side);

}  // namespace gpst
