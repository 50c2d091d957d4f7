#include "cli/gaussian_drawing.h"

#include <ATen/ATen.h>

#include <cmath>

#include "ops/token_columns.h"

namespace gpst {
namespace {

// Thin enough for small pictures, visible in large ones.
double line_width(const Picture8& picture) { return std::max(1.0, picture.width / 400.0); }

int64_t tiles_along_side(int64_t tiles) {
  return std::llround(std::sqrt(static_cast<double>(tiles)));
}

Ellipse ellipse_of(const float* token, PixelPoint corner, double half) {
  const double sx = token[kSigmaX] * half, sy = token[kSigmaY] * half;
  return {.centre = {corner.x + (token[kX] + 1) * half, corner.y + (token[kY] + 1) * half},
          .covariance = {.xx = sx * sx, .xy = token[kRho] * sx * sy, .yy = sy * sy}};
}

}  // namespace

std::vector<Ellipse> ellipses_of(const at::Tensor& gaussians /*[n*n,l,>=5]*/, int64_t tile_side) {
  const at::Tensor values = gaussians.to(at::kFloat).contiguous();
  const int64_t tiles = values.size(0), tokens = values.size(1), columns = values.size(2);
  const int64_t along = tiles_along_side(tiles);
  const double half = static_cast<double>(tile_side - 1) / 2;
  std::vector<Ellipse> ellipses;
  for (int64_t i = 0; i < tiles * tokens; ++i) {
    const int64_t tile = i / tokens;
    const PixelPoint corner = {static_cast<double>(tile % along * tile_side),
                               static_cast<double>(tile / along * tile_side)};
    ellipses.push_back(ellipse_of(values.const_data_ptr<float>() + i * columns, corner, half));
  }
  return ellipses;
}

std::vector<Rectangle> outlines_of(std::span<const Partition> tiles, int64_t tile_side) {
  const int64_t along = tiles_along_side(static_cast<int64_t>(tiles.size()));
  std::vector<Rectangle> outlines;
  for (size_t i = 0; i < tiles.size(); ++i) {
    const auto tile = static_cast<int64_t>(i);
    const auto left = static_cast<double>(tile % along * tile_side) - 0.5;
    const auto top = static_cast<double>(tile / along * tile_side) - 0.5;
    for (const Region& region : tiles[i].regions) {
      outlines.push_back(
          {left + region.x0, top + region.y0, left + region.x1 + 1, top + region.y1 + 1});
    }
  }
  return outlines;
}

Picture8 draw_ellipses(Picture8 base, std::span<const Ellipse> ellipses, Colour colour) {
  const Stroke stroke = {.colour = colour, .thickness = line_width(base), .opacity = 0.9};
  for (const Ellipse& ellipse : ellipses) draw_ellipse(base, ellipse, stroke);
  return base;
}

Picture8 draw_outlines(Picture8 base, std::span<const Rectangle> outlines, Colour colour) {
  const Stroke stroke = {.colour = colour, .thickness = line_width(base), .opacity = 0.9};
  for (const Rectangle& outline : outlines) draw_rectangle(base, outline, stroke);
  return base;
}

}  // namespace gpst
