#include "cli/drawing_canvas.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace gpst {

DrawingCanvas::DrawingCanvas(const Picture8& picture, int64_t tile_side, int64_t scale)
    : tile_side_(tile_side), scale_(static_cast<int>(scale)), base_(enlarged(picture)) {}

Picture8 DrawingCanvas::enlarged(const Picture8& picture) const {
  Picture8 large(picture.width * scale_, picture.height * scale_);
  for (int y = 0; y < large.height; ++y) {
    for (int x = 0; x < large.width; ++x) {
      std::copy_n(picture.at(x / scale_, y / scale_), 3, large.at(x, y));
    }
  }
  return large;
}

std::vector<Ellipse> DrawingCanvas::ellipses(const at::Tensor& gaussians /*[n*n,l,>=5]*/) const {
  std::vector<Ellipse> result = ellipses_of(gaussians, tile_side_);
  for (Ellipse& each : result) {
    each.centre = {place(each.centre.x), place(each.centre.y)};
    each.sigmas *= scale_;
  }
  return result;
}

std::vector<Rectangle> DrawingCanvas::outlines(const std::vector<Partition>& tiles) const {
  std::vector<Rectangle> result = outlines_of(tiles, tile_side_);
  for (Rectangle& r : result) r = {place(r.left), place(r.top), place(r.right), place(r.bottom)};
  return result;
}

}  // namespace gpst
