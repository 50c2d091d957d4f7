#include <ATen/ATen.h>
#include <torch/library.h>

#include "cuda/grey_tiles.h"
#include "ops/cuda/kernels.h"
#include "ops/cuda/stream.h"
#include "ops/grey_tiles_ops.h"

namespace gpst {
namespace {

at::Tensor grey_tiles_cuda(const at::Tensor& pictures, int64_t side) {
  ops::check_grey_tiles(pictures, side);
  const OpStream stream(pictures);
  at::Tensor grey =
      at::empty({ops::grey_tile_count(pictures, side), side, side}, pictures.options());
  cuda::grey_tiles({.pictures = pictures.const_data_ptr<float>(),
                    .picture_stride = pictures.stride(0),
                    .channel_stride = pictures.stride(1),
                    .row_stride = pictures.stride(2),
                    .column_stride = pictures.stride(3),
                    .count = pictures.size(0),
                    .rows = pictures.size(2) / side,
                    .columns = pictures.size(3) / side,
                    .side = side},
                   grey.mutable_data_ptr<float>(), stream.get());
  return grey;
}

}  // namespace

void add_grey_tiles(torch::Library& library) { library.impl("grey_tiles", grey_tiles_cuda); }

}  // namespace gpst
