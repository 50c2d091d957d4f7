// The partition of many tiles where they are, as an operator: the same regions in the same order on
// every device (partition.h; cuda/partition.h says how that is made certain).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "tokenizer/partition.h"

namespace gpst {

// A GPU cannot throw: values that partition_tile refuses are reported beside the regions, and
// check_partitioned throws once they are on the host.
struct PartitionedTiles {
  at::Tensor regions;  // [T,rows,4] int32 x0, y0, x1, y1, inclusive; rows = tokens, with
                       // allow_duplicates tokens + 1
  at::Tensor counts;   // [T] int32: rows in use; the others are 0
  // [T] int32: -1, or the place in [H,W] of the first grey value that is not finite or far out of
  // range, or H*W more than the place of a bias that is not finite. No row of such a tile is in
  // use.
  at::Tensor first_bad;
};

// No synchronisation. Throws InputError: grey not [T,H,W] float32, bias of another shape, options
// that partition_tile refuses, more tokens than fit; on CUDA also an exponent that is not a
// multiple of 0.5 from 0 to 16, and more than 8,192 tokens.
PartitionedTiles partition_regions(const at::Tensor& grey,  // [T,H,W], in [-1,1]
                                   const PartitionOptions& options,
                                   const at::Tensor& bias = {});  // [T,H,W] or undefined

// InputError naming tile and pixel of the first value that was refused.
void check_partitioned(const at::Tensor& first_bad,  // [T] int32, on the host
                       int64_t width, int64_t height);

}  // namespace gpst
