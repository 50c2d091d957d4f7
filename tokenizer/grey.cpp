#include "tokenizer/grey.h"

#include <fmt/format.h>

#include <cstdint>

#include "base/error.h"

namespace gpst {

std::vector<float> grey_of(std::span<const float> chw, int width, int height) {
  const int64_t pixels = static_cast<int64_t>(width) * height;
  if (width < 1 || height < 1 || chw.size() != static_cast<size_t>(3 * pixels)) {
    throw InputError(fmt::format("grey picture: {} values found, expected 3 x {} x {}", chw.size(),
                                 height, width));
  }
  const float* red = chw.data();
  const float* green = red + pixels;
  const float* blue = green + pixels;
  std::vector<float> grey(static_cast<size_t>(pixels));
  for (int64_t i = 0; i < pixels; ++i) {
    grey[i] = (0.299f * red[i] + 0.587f * green[i]) + 0.114f * blue[i];
  }
  return grey;
}

}  // namespace gpst
