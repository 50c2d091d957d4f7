#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <torch/library.h>

#include "ops/check.h"
#include "ops/grey_tiles.h"
#include "ops/grey_tiles_ops.h"
#include "ops/inference_only.h"

namespace gpst {
namespace ops {

void check_grey_tiles(const at::Tensor& pictures, int64_t side) {
  check_inference_only("grey_tiles", {pictures});
  check_positive("grey_tiles", "side", side);
  check_dimensions("grey_tiles", "pictures", pictures, 4, "[B, 3, n*side, m*side]");
  check_shape("grey_tiles", "pictures", pictures,
              {pictures.size(0), 3, pictures.size(2), pictures.size(3)});
  if (pictures.scalar_type() != at::kFloat) {
    refuse("grey_tiles", fmt::format("pictures must be float32, found {}",
                                     c10::toString(pictures.scalar_type())));
  }
  if (pictures.size(2) % side != 0 || pictures.size(3) % side != 0) {
    refuse("grey_tiles",
           fmt::format("pictures of {} x {} pixels; both sides must be multiples of {}",
                       pictures.size(3), pictures.size(2), side));
  }
}

int64_t grey_tile_count(const at::Tensor& pictures, int64_t side) {
  return pictures.size(0) * (pictures.size(2) / side) * (pictures.size(3) / side);
}

at::Tensor grey_tiles(const at::Tensor& pictures, int64_t side) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::grey_tiles", "")
                             .typed<decltype(grey_tiles)>();
  return op.call(pictures, side);
}

namespace {

at::Tensor grey_tiles_meta(const at::Tensor& pictures, int64_t side) {
  check_grey_tiles(pictures, side);
  return at::empty({grey_tile_count(pictures, side), side, side}, pictures.options());
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(gpst_ops, m) { m.def("grey_tiles(Tensor pictures, int side) -> Tensor"); }

TORCH_LIBRARY_IMPL(gpst_ops, Meta, m) { m.impl("grey_tiles", grey_tiles_meta); }

}  // namespace ops

at::Tensor grey_tiles(const at::Tensor& pictures, int64_t side) {
  return ops::grey_tiles(pictures, side);
}

}  // namespace gpst
