#include "tokenizer/picture_tensor.h"

#include <ATen/ATen.h>

#include <cstring>

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

Picture8 picture_of_bytes(const at::Tensor& bytes) {
  Picture8 picture(static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)));
  std::memcpy(picture.rgb.data(), bytes.const_data_ptr<uint8_t>(), picture.rgb.size());
  return picture;
}

}  // namespace gpst
