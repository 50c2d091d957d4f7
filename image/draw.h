#pragma once

#include <cstdint>
#include <span>

#include "image/picture8.h"

namespace gpst {

// Everything is anti-aliased and may lie partly or wholly outside the picture. Coordinates are
// pixels with pixel centres at integers: (0, 0) is the middle of the left upper pixel.

struct Colour {
  uint8_t r = 255, g = 255, b = 255;
};

struct PixelPoint {
  double x = 0, y = 0;
};

// How a line looks: `opacity` 1 covers what is below, 0 leaves it.
struct Stroke {
  Colour colour;
  double thickness = 1;
  double opacity = 1;
};

// Covariance of a Gaussian in square pixels. A Gaussian token with sigmas sx, sy (in pixels) and
// correlation rho has xx = sx^2, xy = rho sx sy, yy = sy^2.
struct Covariance {
  double xx = 1, xy = 0, yy = 1;
};

struct Ellipse {
  PixelPoint centre;
  Covariance covariance;
  double sigmas = 1;  // the outline is where the Mahalanobis distance equals this
};

struct Rectangle {
  double left = 0, top = 0, right = 0, bottom = 0;
};

void draw_ellipse(Picture8& picture, const Ellipse& ellipse, const Stroke& stroke);
void draw_line(Picture8& picture, PixelPoint from, PixelPoint to, const Stroke& stroke);
void draw_rectangle(Picture8& picture, const Rectangle& rectangle, const Stroke& stroke);

// base * (1 - opacity) + top * opacity; same sizes, else InputError.
Picture8 blend(const Picture8& base, const Picture8& top, double opacity);

// Copies `source` to (left, top) of `target`; what does not fit is cut off.
void paste(Picture8& target, const Picture8& source, int left, int top);

struct GridOptions {
  int columns = 0;  // 0: the smallest near-square
  int padding = 2;
  Colour background = {0, 0, 0};
};

// Pictures row by row in cells as large as the largest picture. InputError for none.
Picture8 make_grid(std::span<const Picture8> pictures, const GridOptions& options);

// Side by side, tops aligned.
Picture8 hstack(std::span<const Picture8> pictures, int padding = 0);

}  // namespace gpst
