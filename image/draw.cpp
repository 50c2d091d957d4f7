#include "image/draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "base/error.h"

namespace gpst {
namespace {

uint8_t mixed(uint8_t below, uint8_t above, double share) {
  return static_cast<uint8_t>(std::lround(below + (above - below) * share));
}

struct PixelRange {
  int left = 0, top = 0, right = -1, bottom = -1;  // inclusive
};

// Pixels within `reach` of the corners, cut to the picture.
PixelRange pixels_around(const Picture8& picture, const Rectangle& area, double reach) {
  const auto low = [&](double v) { return static_cast<int>(std::max(std::floor(v - reach), 0.0)); };
  const auto high = [&](double v, int size) {
    return static_cast<int>(std::clamp(std::ceil(v + reach), -1.0, size - 1.0));
  };
  const auto start = [&](double v, int size) { return low(std::min(v, double{1} * size)); };
  return {start(area.left, picture.width), start(area.top, picture.height),
          high(area.right, picture.width), high(area.bottom, picture.height)};
}

// Paints every pixel of `range` by how much of a line at `distance(x, y)` covers it: fully inside
// half the thickness, falling to nothing over one pixel.
template <class Distance>
void paint_line(Picture8& picture, const PixelRange& range, const Stroke& stroke,
                const Distance& distance) {
  const uint8_t colour[3] = {stroke.colour.r, stroke.colour.g, stroke.colour.b};
  const double weight = std::min(stroke.thickness, 1.0) * stroke.opacity;
  const double half = std::max(stroke.thickness, 1.0) / 2;
  for (int y = range.top; y <= range.bottom; ++y) {
    for (int x = range.left; x <= range.right; ++x) {
      const double covered = std::clamp(half + 0.5 - distance(x, y), 0.0, 1.0);
      if (covered == 0) continue;
      uint8_t* pixel = picture.at(x, y);
      for (int c = 0; c < 3; ++c) pixel[c] = mixed(pixel[c], colour[c], covered * weight);
    }
  }
}

bool is_finite(std::initializer_list<double> values) {
  return std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
}

}  // namespace

void draw_ellipse(Picture8& picture, const Ellipse& ellipse, const Stroke& stroke) {
  const auto& [centre, covariance, sigmas] = ellipse;
  if (!is_finite({centre.x, centre.y, covariance.xx, covariance.xy, covariance.yy, sigmas})) return;
  // A Gaussian thinner than a fraction of a pixel is drawn as a line of that width.
  constexpr double kThinnest = 0.05;
  const double xx = covariance.xx + kThinnest, yy = covariance.yy + kThinnest, xy = covariance.xy;
  const double determinant = xx * yy - xy * xy;
  if (!(determinant > 0)) return;

  // m = sqrt(d' S^-1 d) grows by |S^-1 d| / m a pixel, so the outline m = sigmas is about
  // |m - sigmas| / that far away.
  const auto distance = [&](int x, int y) {
    const double dx = x - centre.x, dy = y - centre.y;
    const double gx = (yy * dx - xy * dy) / determinant, gy = (xx * dy - xy * dx) / determinant;
    const double m = std::sqrt(std::max(dx * gx + dy * gy, 0.0));
    const double slope = m > 0 ? std::hypot(gx, gy) / m : 1 / std::sqrt(std::max(xx, yy));
    return std::abs(m - sigmas) / slope;
  };
  const double across = sigmas * std::sqrt(xx), down = sigmas * std::sqrt(yy);
  const Rectangle box = {centre.x - across, centre.y - down, centre.x + across, centre.y + down};
  paint_line(picture, pixels_around(picture, box, stroke.thickness / 2 + 1), stroke, distance);
}

void draw_line(Picture8& picture, PixelPoint from, PixelPoint to, const Stroke& stroke) {
  if (!is_finite({from.x, from.y, to.x, to.y})) return;
  const double dx = to.x - from.x, dy = to.y - from.y;
  const double length2 = dx * dx + dy * dy;
  const auto distance = [&](int x, int y) {
    const double along = (x - from.x) * dx + (y - from.y) * dy;
    const double share = length2 > 0 ? std::clamp(along / length2, 0.0, 1.0) : 0.0;
    return std::hypot(x - from.x - share * dx, y - from.y - share * dy);
  };
  const Rectangle box = {std::min(from.x, to.x), std::min(from.y, to.y), std::max(from.x, to.x),
                         std::max(from.y, to.y)};
  paint_line(picture, pixels_around(picture, box, stroke.thickness / 2 + 1), stroke, distance);
}

void draw_rectangle(Picture8& picture, const Rectangle& rectangle, const Stroke& stroke) {
  const auto& [left, top, right, bottom] = rectangle;
  if (!is_finite({left, top, right, bottom})) return;
  // Distance to the outline of a box: outside by its nearest point, inside by its nearest side.
  const auto distance = [&](int x, int y) {
    const double out_x = std::max(rectangle.left - x, x - rectangle.right);
    const double out_y = std::max(rectangle.top - y, y - rectangle.bottom);
    const double outside = std::hypot(std::max(out_x, 0.0), std::max(out_y, 0.0));
    return outside > 0 ? outside : -std::max(out_x, out_y);
  };
  paint_line(picture, pixels_around(picture, rectangle, stroke.thickness / 2 + 1), stroke,
             distance);
}

Picture8 blend(const Picture8& base, const Picture8& top, double opacity) {
  if (base.width != top.width || base.height != top.height) {
    throw InputError(fmt::format("blend: pictures of {}x{} and {}x{}; expected equal sizes",
                                 base.width, base.height, top.width, top.height));
  }
  const double share = std::clamp(opacity, 0.0, 1.0);
  Picture8 out = base;
  for (size_t i = 0; i < out.rgb.size(); ++i) out.rgb[i] = mixed(base.rgb[i], top.rgb[i], share);
  return out;
}

}  // namespace gpst
