// Separable filters whose support grows when shrinking, in the fixed point of Pillow, so that
// pictures prepared by Pillow and by us are the same bytes. The horizontal pass always comes first,
// as in every Pillow before 13, which made the known reference statistics. Compiled without
// contraction of a*b+c.
#include <algorithm>
#include <cmath>
#include <vector>

#include "image/resize.h"

namespace gpst {
namespace {

constexpr int kChannels = 3;
constexpr int kWeightBits = 22;
constexpr int kHalf = 1 << (kWeightBits - 1);

double box_filter(double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }

double bicubic_filter(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

struct Filter {
  double (*value)(double);
  double support;
};
constexpr Filter kBox = {box_filter, 0.5};
constexpr Filter kBicubic = {bicubic_filter, 2.0};

// Target position i is the sum of weights[k] * source[first + k].
struct Window {
  int first = 0;
  std::vector<int> weights;
};

int fixed_point(double weight) {
  const double scaled = weight * (1 << kWeightBits);
  return static_cast<int>(weight < 0 ? scaled - 0.5 : scaled + 0.5);
}

std::vector<Window> make_windows(const Filter& filter, int source, int target) {
  const double scale = static_cast<double>(source) / target;
  const double stretch = std::max(scale, 1.0);
  const double support = filter.support * stretch;
  const double inverse = 1.0 / stretch;
  std::vector<Window> windows(static_cast<size_t>(target));
  std::vector<double> values;
  for (int i = 0; i < target; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(centre - support + 0.5), 0);
    const int last = std::min(static_cast<int>(centre + support + 0.5), source);
    values.clear();
    double sum = 0;
    for (int k = first; k < last; ++k) {
      values.push_back(filter.value((k - centre + 0.5) * inverse));
      sum += values.back();
    }
    Window& window = windows[static_cast<size_t>(i)];
    window.first = first;
    for (const double value : values) {
      window.weights.push_back(fixed_point(sum != 0 ? value / sum : value));
    }
  }
  return windows;
}

uint8_t rounded(int sum) { return static_cast<uint8_t>(std::clamp(sum >> kWeightBits, 0, 255)); }

Picture8 filter_columns(const Picture8& picture, const std::vector<Window>& windows) {
  Picture8 out(static_cast<int>(windows.size()), picture.height);
  for (int y = 0; y < out.height; ++y) {
    uint8_t* target = out.at(0, y);
    for (const Window& window : windows) {
      int r = kHalf, g = kHalf, b = kHalf;
      const uint8_t* source = picture.at(window.first, y);
      for (const int weight : window.weights) {
        r += weight * source[0];
        g += weight * source[1];
        b += weight * source[2];
        source += kChannels;
      }
      *target++ = rounded(r);
      *target++ = rounded(g);
      *target++ = rounded(b);
    }
  }
  return out;
}

Picture8 filter_rows(const Picture8& picture, const std::vector<Window>& windows) {
  Picture8 out(picture.width, static_cast<int>(windows.size()));
  std::vector<int> sums(picture.row_bytes());
  for (int y = 0; y < out.height; ++y) {
    const Window& window = windows[static_cast<size_t>(y)];
    std::ranges::fill(sums, kHalf);
    int row = window.first;
    for (const int weight : window.weights) {
      const uint8_t* source = picture.at(0, row++);
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += weight * source[i];
    }
    std::ranges::transform(sums, out.at(0, y), rounded);
  }
  return out;
}

Picture8 resize_filtered(const Picture8& picture, int width, int height, const Filter& filter) {
  check_resize(picture, width, height);
  Picture8 wide = picture.width == width
                      ? picture
                      : filter_columns(picture, make_windows(filter, picture.width, width));
  if (picture.height == height) return wide;
  return filter_rows(wide, make_windows(filter, picture.height, height));
}

}  // namespace

Picture8 resize_box(const Picture8& picture, int width, int height) {
  return resize_filtered(picture, width, height, kBox);
}

Picture8 resize_bicubic(const Picture8& picture, int width, int height) {
  return resize_filtered(picture, width, height, kBicubic);
}

Picture8 resize_area(const Picture8& picture, int short_side) {
  Picture8 halved;
  const Picture8* current = &picture;
  while (std::min(current->width, current->height) >= 2 * short_side) {
    halved = resize_box(*current, current->width / 2, current->height / 2);
    current = &halved;
  }
  const PictureSize size = scaled_size({current->width, current->height}, short_side);
  return resize_bicubic(*current, size.width, size.height);
}

}  // namespace gpst
