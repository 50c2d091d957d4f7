#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <torch/library.h>

#include <limits>

#include "base/error.h"
#include "ops/check.h"
#include "ops/inference_only.h"
#include "ops/quantise.h"
#include "ops/quantise_ops.h"

namespace gpst {
namespace ops {

void check_quantise(const at::Tensor& pictures) {
  check_inference_only("quantise", {pictures});
  check_dimensions("quantise", "pictures", pictures, 4, "[B, 3, H, W]");
  check_shape("quantise", "pictures", pictures,
              {pictures.size(0), 3, pictures.size(2), pictures.size(3)});
  const at::ScalarType type = pictures.scalar_type();
  if (type != at::kFloat && type != at::kBFloat16) {
    refuse("quantise",
           fmt::format("pictures must be float32 or bfloat16, found {}", c10::toString(type)));
  }
  const int64_t height = pictures.size(2), width = pictures.size(3);
  if (height > 0 && width > std::numeric_limits<int32_t>::max() / 3 / height) {
    refuse("quantise", fmt::format("3 * H * W must fit 31 bits, found 3 * {} * {}", height, width));
  }
}

std::tuple<at::Tensor, at::Tensor> quantise(const at::Tensor& pictures, bool nearest) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::quantise", "")
                             .typed<decltype(quantise)>();
  return op.call(pictures, nearest);
}

namespace {

std::tuple<at::Tensor, at::Tensor> quantise_meta(const at::Tensor& pictures, bool /*nearest*/) {
  check_quantise(pictures);
  return {at::empty({pictures.size(0), pictures.size(2), pictures.size(3), 3},
                    pictures.options().dtype(at::kByte)),
          at::empty({pictures.size(0)}, pictures.options().dtype(at::kInt))};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(gpst_ops, m) {
  m.def("quantise(Tensor pictures, bool nearest) -> (Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(gpst_ops, Meta, m) { m.impl("quantise", quantise_meta); }

}  // namespace ops

QuantisedPictures quantise(const at::Tensor& pictures, Rounding rounding) {
  auto [bytes, first_nan] = ops::quantise(pictures, rounding == Rounding::nearest);
  return {.bytes = bytes, .first_nan = first_nan};
}

void check_numbers(const at::Tensor& first_nan, int64_t height, int64_t width) {
  const int64_t plane = height * width;
  const int32_t* place = first_nan.const_data_ptr<int32_t>();
  for (int64_t b = 0; b < first_nan.size(0); ++b) {
    if (place[b] >= 3 * plane) continue;
    throw InputError(fmt::format(
        "picture {} of the batch has a value that is not a number, at channel {}, row {}, column "
        "{}; the weights or tokens it was made from are broken",
        b, place[b] / plane, place[b] % plane / width, place[b] % width));
  }
}

}  // namespace gpst
