#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <string_view>

#include "cli/gaussian_drawing.h"
#include "image/png.h"

namespace gpst {
namespace {

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<uint8_t>(bytes[i + j]) : 0);
    }
    for (size_t j = 0; j < 4; ++j) {
      text += i + j > bytes.size() ? '=' : kDigits[group >> (18 - 6 * j) & 63];
    }
  }
  return text;
}

// Half axes and direction of the one-sigma ellipse, from the eigenvalues of its covariance.
std::string ellipse_element(const Ellipse& ellipse) {
  const auto [xx, xy, yy] = ellipse.covariance;
  const double middle = (xx + yy) / 2;
  const double spread = std::hypot((xx - yy) / 2, xy);
  const double angle = std::atan2(2 * xy, xx - yy) / 2 * 180 / std::numbers::pi;
  return fmt::format(
      "<ellipse rx=\"{:.3f}\" ry=\"{:.3f}\" transform=\"translate({:.3f} {:.3f}) "
      "rotate({:.2f})\"/>\n",
      ellipse.sigmas * std::sqrt(middle + spread),
      ellipse.sigmas * std::sqrt(std::max(0.0, middle - spread)), ellipse.centre.x + 0.5,
      ellipse.centre.y + 0.5, angle);
}

std::string rectangle_element(const Rectangle& r) {
  return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
                     r.left + 0.5, r.top + 0.5, r.right - r.left, r.bottom - r.top);
}

}  // namespace

std::string svg_of(const Picture8& base, std::span<const SvgLayer> layers) {
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\">\n"
      "<image width=\"{0}\" height=\"{1}\" href=\"data:image/png;base64,{2}\"/>\n",
      base.width, base.height, base64(encode_png(base)));
  for (const SvgLayer& layer : layers) {
    text += fmt::format(
        "<g id=\"{}\" fill=\"none\" stroke=\"#{:02x}{:02x}{:02x}\" stroke-width=\"{}\">\n",
        layer.id, layer.colour.r, layer.colour.g, layer.colour.b, base.width / 400.0);
    for (const Ellipse& ellipse : layer.ellipses) text += ellipse_element(ellipse);
    for (const Rectangle& outline : layer.outlines) text += rectangle_element(outline);
    text += "</g>\n";
  }
  return text + "</svg>\n";
}

}  // namespace gpst
