#include "tokenizer/picture_tensor.h"

#include <ATen/ATen.h>

namespace gpst {

at::Tensor picture_tensor(const Picture8& picture) {
  const at::Tensor values = at::empty({3, picture.height, picture.width}, at::kFloat);
  to_float_chw(picture, {values.mutable_data_ptr<float>(), static_cast<size_t>(values.numel())});
  return values;
}

Picture8 picture_from(const at::Tensor& values, Rounding rounding) {
  const at::Tensor plain = values.to(at::kCPU, at::kFloat).contiguous();  // [3,H,W]
  return quantise({.values = {plain.const_data_ptr<float>(), static_cast<size_t>(plain.numel())},
                   .width = static_cast<int>(plain.size(2)),
                   .height = static_cast<int>(plain.size(1))},
                  rounding);
}

}  // namespace gpst
