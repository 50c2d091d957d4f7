#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/grey_tiles_ops.h"

namespace gpst::ops {
namespace {

// One ATen call an operation: none is fused with the next.
at::Tensor grey_tiles_cpu(const at::Tensor& pictures, int64_t side) {
  check_grey_tiles(pictures, side);
  const at::Tensor red = pictures.select(1, 0), green = pictures.select(1, 1),
                   blue = pictures.select(1, 2);  // [B,H,W]
  const at::Tensor grey = at::add(at::add(red * 0.299F, green * 0.587F), blue * 0.114F);
  const int64_t rows = grey.size(1) / side, columns = grey.size(2) / side;
  return grey.reshape({grey.size(0), rows, side, columns, side})
      .transpose(2, 3)  // [B,rows,columns,side,side]
      .reshape({grey_tile_count(pictures, side), side, side})
      .contiguous();
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) { m.impl("grey_tiles", grey_tiles_cpu); }

}  // namespace gpst::ops
