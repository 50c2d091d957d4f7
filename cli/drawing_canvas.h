#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "cli/gaussian_drawing.h"

namespace gpst {

// An enlarged copy of a picture to draw on, so that thin lines leave the pixels of a small picture
// visible, and Gaussians and regions in its coordinates.
class DrawingCanvas {
 public:
  // `scale` >= 1 enlarges by repeating pixels.
  DrawingCanvas(const Picture8& picture, int64_t tile_side, int64_t scale);

  const Picture8& base() const { return base_; }
  Picture8 enlarged(const Picture8& picture) const;
  std::vector<Ellipse> ellipses(const at::Tensor& gaussians /*[n*n,l,>=5]*/) const;
  std::vector<Rectangle> outlines(const std::vector<Partition>& tiles) const;

 private:
  // Pixel centres are at integers: the edge at -0.5 stays where it is.
  double place(double x) const { return (x + 0.5) * scale_ - 0.5; }

  int64_t tile_side_;
  int scale_;
  Picture8 base_;
};

}  // namespace gpst
