#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "image/draw.h"
#include "image/resize.h"

namespace gpst {
namespace {

Picture8 filled(int width, int height, Colour colour) {
  Picture8 out(width, height);
  for (size_t i = 0; i < out.rgb.size(); i += 3) {
    out.rgb[i] = colour.r;
    out.rgb[i + 1] = colour.g;
    out.rgb[i + 2] = colour.b;
  }
  return out;
}

void refuse_none(std::span<const Picture8> pictures) {
  if (pictures.empty()) throw InputError("there is no picture to put together");
}

PictureSize largest(std::span<const Picture8> pictures) {
  return {std::ranges::max_element(pictures, {}, &Picture8::width)->width,
          std::ranges::max_element(pictures, {}, &Picture8::height)->height};
}

}  // namespace

void paste(Picture8& target, const Picture8& source, int left, int top) {
  const int from_x = std::max(0, -left);
  const int count = std::min(source.width, target.width - left) - from_x;
  if (count <= 0) return;
  for (int y = std::max(0, -top); y < std::min(source.height, target.height - top); ++y) {
    std::copy_n(source.at(from_x, y), count * 3, target.at(left + from_x, top + y));
  }
}

Picture8 make_grid(std::span<const Picture8> pictures, const GridOptions& options) {
  refuse_none(pictures);
  const int count = static_cast<int>(pictures.size());
  const int square = static_cast<int>(std::ceil(std::sqrt(count)));
  const int columns = std::min(options.columns > 0 ? options.columns : square, count);
  const int rows = (count + columns - 1) / columns;
  const PictureSize cell = largest(pictures);
  const int step_x = cell.width + options.padding, step_y = cell.height + options.padding;
  Picture8 grid = filled(columns * step_x + options.padding, rows * step_y + options.padding,
                         options.background);
  for (int i = 0; i < count; ++i) {
    paste(grid, pictures[static_cast<size_t>(i)], options.padding + i % columns * step_x,
          options.padding + i / columns * step_y);
  }
  return grid;
}

Picture8 hstack(std::span<const Picture8> pictures, int padding) {
  refuse_none(pictures);
  int width = padding * (static_cast<int>(pictures.size()) - 1);
  for (const Picture8& picture : pictures) width += picture.width;
  Picture8 row(width, largest(pictures).height);
  int left = 0;
  for (const Picture8& picture : pictures) {
    paste(row, picture, left, 0);
    left += picture.width + padding;
  }
  return row;
}

}  // namespace gpst
