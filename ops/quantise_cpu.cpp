// Compiled without contraction of a*b+c: the bytes are those of image/preprocess.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>

#include "ops/quantise_ops.h"

namespace gpst::ops {
namespace {

// One picture: its bytes, and the place of its first value that is not a number.
int32_t quantise_picture(const float* values,  // [3, plane]
                         int64_t plane, float half,
                         uint8_t* bytes) {  // [plane, 3]
  const float* nan =
      std::find_if(values, values + 3 * plane, [](float value) { return std::isnan(value); });
  for (int64_t c = 0; c < 3; ++c) {
    for (int64_t i = 0; i < plane; ++i) {
      const float value = values[c * plane + i];
      // NaN fails every comparison: it takes the second branch.
      const float inside = value > -1.0F ? std::min(value, 1.0F) : -1.0F;
      bytes[3 * i + c] = static_cast<uint8_t>((inside + 1.0F) * 127.5F + half);
    }
  }
  return static_cast<int32_t>(nan - values);
}

std::tuple<at::Tensor, at::Tensor> quantise_cpu(const at::Tensor& pictures, bool nearest) {
  check_quantise(pictures);
  const at::Tensor values = pictures.to(at::kFloat).contiguous();  // [B,3,H,W]
  const int64_t count = values.size(0), height = values.size(2), width = values.size(3);
  at::Tensor bytes = at::empty({count, height, width, 3}, at::kByte);
  at::Tensor first_nan = at::empty({count}, at::kInt);
  const float* source = values.const_data_ptr<float>();
  uint8_t* target = bytes.mutable_data_ptr<uint8_t>();
  int32_t* place = first_nan.mutable_data_ptr<int32_t>();
  const int64_t size = 3 * height * width;
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      place[b] = quantise_picture(source + b * size, height * width, nearest ? 0.5F : 0.0F,
                                  target + b * size);
    }
  });
  return {bytes, first_nan};
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) { m.impl("quantise", quantise_cpu); }

}  // namespace gpst::ops
