#include <ATen/ATen.h>
#include <torch/library.h>

#include <vector>

#include "cuda/preprocess.h"
#include "image/resize.h"
#include "ops/cuda/kernels.h"
#include "ops/cuda/stream.h"
#include "ops/preprocess_pictures_ops.h"

namespace gpst {
namespace {

at::Tensor preprocess_pictures_cuda(at::TensorList pictures, int64_t side, bool channels_last,
                                    at::IntArrayRef flipped) {
  ops::check_preprocess_pictures(pictures, side, flipped);
  const OpStream stream(pictures[0]);
  at::Tensor result = ops::empty_pictures(pictures, side, channels_last);
  std::vector<at::Tensor> held;  // until their kernels are on the stream
  std::vector<cuda::PreprocessPicture> sources;
  for (size_t i = 0; i < pictures.size(); ++i) {
    const at::Tensor& picture = held.emplace_back(pictures[i].contiguous());  // [H,W,3]
    const PictureSize scaled =
        scaled_size({static_cast<int>(picture.size(1)), static_cast<int>(picture.size(0))},
                    static_cast<int>(side));
    sources.push_back({.rgb = picture.const_data_ptr<uint8_t>(),
                       .width = picture.size(1),
                       .height = picture.size(0),
                       .scaled_width = scaled.width,
                       .scaled_height = scaled.height,
                       .flip = !flipped.empty() && flipped[i] != 0});
  }
  cuda::preprocess_pictures(
      sources,
      {.values = result.mutable_data_ptr<float>(), .side = side, .channels_last = channels_last},
      stream.get());
  return result;
}

}  // namespace

void add_preprocess_pictures(torch::Library& library) {
  library.impl("preprocess_pictures", preprocess_pictures_cuda);
}

}  // namespace gpst
