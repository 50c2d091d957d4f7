#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <torch/library.h>

#include "ops/check.h"
#include "ops/preprocess_pictures.h"
#include "ops/preprocess_pictures_ops.h"

namespace gpst {
namespace ops {
namespace {

constexpr std::string_view kName = "preprocess_pictures";

}  // namespace

void check_preprocess_pictures(at::TensorList pictures, int64_t side, at::IntArrayRef flipped) {
  constexpr int64_t kLongest = 16384;
  if (pictures.empty()) refuse(kName, "no pictures; at least one is expected");
  check_positive(kName, "side", side);
  if (side > kLongest) {
    refuse(kName, fmt::format("side must be at most {}, found {}", kLongest, side));
  }
  for (const at::Tensor& picture : pictures) {
    check_dimensions(kName, "a picture", picture, 3, "[H, W, 3]");
    check_shape(kName, "a picture", picture, {picture.size(0), picture.size(1), 3});
    check_like(kName, "a picture", picture, "the first picture", pictures[0]);
    check_positive(kName, "the height of a picture", picture.size(0));
    check_positive(kName, "the width of a picture", picture.size(1));
  }
  if (pictures[0].scalar_type() != at::kByte) {
    refuse(kName, fmt::format("pictures must be uint8, found {}",
                              c10::toString(pictures[0].scalar_type())));
  }
  if (!flipped.empty() && flipped.size() != pictures.size()) {
    refuse(kName, fmt::format("flipped must name {} pictures or none, found {}", pictures.size(),
                              flipped.size()));
  }
}

at::Tensor empty_pictures(at::TensorList pictures, int64_t side, bool channels_last) {
  return at::empty({static_cast<int64_t>(pictures.size()), 3, side, side},
                   pictures[0].options().dtype(at::kFloat),
                   channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

at::Tensor preprocess_pictures(at::TensorList pictures, int64_t side, bool channels_last,
                               at::IntArrayRef flipped) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::preprocess_pictures", "")
                             .typed<decltype(preprocess_pictures)>();
  return op.call(pictures, side, channels_last, flipped);
}

namespace {

at::Tensor preprocess_pictures_meta(at::TensorList pictures, int64_t side, bool channels_last,
                                    at::IntArrayRef flipped) {
  check_preprocess_pictures(pictures, side, flipped);
  return empty_pictures(pictures, side, channels_last);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(gpst_ops, m) {
  m.def(
      "preprocess_pictures(Tensor[] pictures, int side, bool channels_last, int[] flipped) -> "
      "Tensor");
}

TORCH_LIBRARY_IMPL(gpst_ops, Meta, m) { m.impl("preprocess_pictures", preprocess_pictures_meta); }

}  // namespace ops

at::Tensor preprocess_pictures(at::TensorList pictures, const PicturePreprocessing& options) {
  const std::vector<int64_t> flipped(options.flipped.begin(), options.flipped.end());
  // Without pictures there is no device, and no backend that could refuse them.
  if (pictures.empty()) ops::check_preprocess_pictures(pictures, options.side, flipped);
  return ops::preprocess_pictures(pictures, options.side, options.channels_last, flipped);
}

}  // namespace gpst
