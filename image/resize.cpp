// Compiled without contraction of a*b+c.
#include "image/resize.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace gpst {

namespace {

constexpr double kMaxPixels = 1 << 29;  // 1.5 GB

[[noreturn]] void throw_unreasonable(PictureSize from, double width, double height) {
  throw InputError(fmt::format(
      "cannot resize a picture of {}x{} to {:.0f}x{:.0f}: expected sides of at least 1 and at most "
      "{:.0f} million pixels",
      from.width, from.height, width, height, kMaxPixels / 1e6));
}

bool is_reasonable(double width, double height) {
  return width >= 1 && height >= 1 && width * height <= kMaxPixels;
}

}  // namespace

void check_resize(const Picture8& picture, int width, int height) {
  if (picture.empty() || !is_reasonable(width, height)) {
    throw_unreasonable({picture.width, picture.height}, width, height);
  }
}

PictureSize scaled_size(PictureSize size, int short_side) {
  const double scale = static_cast<double>(short_side) / std::min(size.width, size.height);
  // nearbyint rounds halves to even, as Python's round does.
  const double width = std::nearbyint(size.width * scale);
  const double height = std::nearbyint(size.height * scale);
  if (!is_reasonable(width, height)) throw_unreasonable(size, width, height);
  return {static_cast<int>(width), static_cast<int>(height)};
}

}  // namespace gpst
