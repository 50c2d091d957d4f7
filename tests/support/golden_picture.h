// 8-bit pictures of the golden data, stored as uint8 [H,W,3].
#pragma once

#include <string>

#include "image/picture8.h"
#include "tests/support/golden.h"

namespace gpst {

inline Picture8 golden_picture(const SafetensorsFile& file, const std::string& name) {
  const TensorView& tensor = file.get(name);
  Picture8 picture(static_cast<int>(tensor.shape.at(1)), static_cast<int>(tensor.shape.at(0)));
  picture.rgb = golden_values<uint8_t>(tensor);
  return picture;
}

}  // namespace gpst
