// RoIAlign in plain double loops: every bin of an axis as one weight per pixel of the map.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "cuda/roi_plan.h"

namespace gpst::cuda {

// Inside, across each border, far outside, larger than the map, size 0, less than 0, and 1 pixel.
inline std::vector<float> some_boxes() {
  return {0.0F,  0.0F,  7.0F,  5.0F,  3.2F,  1.7F,  19.9F, 12.1F, -4.0F, -3.5F,
          6.0F,  4.0F,  15.0F, 9.0F,  30.0F, 22.0F, 50.F,  60.F,  70.0F, 80.0F,
          -9.0F, -7.0F, 40.F,  31.0F, 2.0F,  2.0F,  2.0F,  9.0F,  5.0F,  6.0F,
          4.0F,  3.0F,  5.0F,  6.0F,  6.0F,  7.0F,  0.25F, 0.3F,  20.F,  13.0F};
}
inline constexpr int64_t kSomeBoxes = 10;

// [n]: what pixel p counts in a bin.
inline std::vector<double> bin_weights(double low, double high, int64_t n, int64_t bins,
                                       int64_t bin) {
  std::vector<double> weights(static_cast<size_t>(n), 0.0);
  const double cell = (high - low) / static_cast<double>(bins);
  const auto samples = static_cast<int64_t>(std::ceil(std::max(cell, 0.0)));
  for (int64_t k = 0; k < samples; ++k) {
    double at = low - 0.5 + static_cast<double>(bin) * cell +
                (static_cast<double>(k) + 0.5) * cell / static_cast<double>(samples);
    if (at < -1 || at > static_cast<double>(n)) continue;
    at = std::clamp(at, 0.0, static_cast<double>(n - 1));
    const auto pixel = static_cast<size_t>(at);
    const double fraction = at - static_cast<double>(pixel);
    weights[pixel] += (1 - fraction) / static_cast<double>(samples);
    if (fraction > 0) weights[pixel + 1] += fraction / static_cast<double>(samples);
  }
  return weights;
}

// Calls f(box, bin_y, bin_x, pixel of the batch, weight) for every weight that is not 0.
template <class F>
void for_roi_weights(const RoiShape& s, const std::vector<float>& boxes, F&& f) {
  for (int64_t roi = 0; roi < s.rois(); ++roi) {
    const float* box = boxes.data() + 4 * roi;
    for (int64_t cell = 0; cell < s.cells(); ++cell) {
      const auto wy = bin_weights(box[1], box[3], s.height, s.bins, cell / s.bins);
      const auto wx = bin_weights(box[0], box[2], s.width, s.bins, cell % s.bins);
      for (int64_t p = 0; p < s.height * s.width; ++p) {
        const double weight =
            wy[static_cast<size_t>(p / s.width)] * wx[static_cast<size_t>(p % s.width)];
        if (weight != 0) f(roi, cell, roi / s.boxes * s.height * s.width + p, weight);
      }
    }
  }
}

// map [B, H, W, C] -> [B*l, r*r, C]
inline std::vector<double> plain_roi_align(const RoiShape& s, const std::vector<float>& boxes,
                                           const std::vector<float>& map) {
  std::vector<double> out(static_cast<size_t>(s.rois() * s.cells() * s.channels), 0.0);
  for_roi_weights(s, boxes, [&](int64_t roi, int64_t cell, int64_t pixel, double weight) {
    for (int64_t c = 0; c < s.channels; ++c) {
      out[static_cast<size_t>((roi * s.cells() + cell) * s.channels + c)] +=
          weight * map[static_cast<size_t>(pixel * s.channels + c)];
    }
  });
  return out;
}

// grad [B*l, r*r, C] -> [B, H, W, C]
inline std::vector<double> plain_roi_align_backward(const RoiShape& s,
                                                    const std::vector<float>& boxes,
                                                    const std::vector<float>& grad) {
  std::vector<double> out(static_cast<size_t>(s.pictures * s.height * s.width * s.channels), 0.0);
  for_roi_weights(s, boxes, [&](int64_t roi, int64_t cell, int64_t pixel, double weight) {
    for (int64_t c = 0; c < s.channels; ++c) {
      out[static_cast<size_t>(pixel * s.channels + c)] +=
          weight * grad[static_cast<size_t>((roi * s.cells() + cell) * s.channels + c)];
    }
  });
  return out;
}

}  // namespace gpst::cuda
