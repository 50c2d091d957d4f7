#include <ATen/ATen.h>
#include <torch/library.h>

#include <algorithm>
#include <span>

#include "image/preprocess.h"
#include "ops/preprocess_pictures_ops.h"

namespace gpst::ops {
namespace {

Picture8 picture_of(const at::Tensor& tensor /*[H,W,3]*/) {
  Picture8 picture(static_cast<int>(tensor.size(1)), static_cast<int>(tensor.size(0)));
  const at::Tensor bytes = tensor.contiguous();
  std::copy_n(bytes.const_data_ptr<uint8_t>(), picture.rgb.size(), picture.rgb.data());
  return picture;
}

at::Tensor preprocess_pictures_cpu(at::TensorList pictures, int64_t side, bool channels_last,
                                   at::IntArrayRef flipped) {
  check_preprocess_pictures(pictures, side, flipped);
  at::Tensor planes = empty_pictures(pictures, side, false);
  const size_t values = static_cast<size_t>(3 * side * side);
  float* target = planes.mutable_data_ptr<float>();
  for (size_t i = 0; i < pictures.size(); ++i, target += values) {
    const Picture8 result =
        preprocess(picture_of(pictures[i]),
                   {.size = static_cast<int>(side), .flip = !flipped.empty() && flipped[i] != 0});
    to_float_chw(result, std::span(target, values));
  }
  return channels_last ? planes.contiguous(at::MemoryFormat::ChannelsLast) : planes;
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) { m.impl("preprocess_pictures", preprocess_pictures_cpu); }

}  // namespace gpst::ops
