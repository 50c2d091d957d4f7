// Compiled without contraction of a*b+c: the results must be the same bits everywhere.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "image/resize.h"

namespace gpst {
namespace {

constexpr int kChannels = 3;
constexpr float kOne = 2048.0F;  // weights have 11 bits

// Target position i blends sources first and first + 1.
struct Tap {
  int first = 0;
  int weight0 = 0;
  int weight1 = 0;
};

enum class Border {
  zero_fraction,   // columns: past the border the border pixel alone counts
  clamp_neighbour  // rows: the fraction stays, both neighbours are the border pixel
};

std::vector<Tap> make_taps(int source, int target, Border border) {
  const double scale = 1.0 / (static_cast<double>(target) / source);
  std::vector<Tap> taps(static_cast<size_t>(target));
  for (int i = 0; i < target; ++i) {
    auto fraction = static_cast<float>((i + 0.5) * scale - 0.5);
    int first = static_cast<int>(std::floor(fraction));
    fraction -= static_cast<float>(first);
    if (border == Border::zero_fraction && (first < 0 || first >= source - 1)) {
      first = std::clamp(first, 0, source - 1);
      fraction = 0;
    }
    taps[static_cast<size_t>(i)] = {first,
                                    static_cast<int>(std::nearbyint((1.0F - fraction) * kOne)),
                                    static_cast<int>(std::nearbyint(fraction * kOne))};
  }
  return taps;
}

// One source row, scaled to the target width, with 11 bits of fraction.
void scale_row(const uint8_t* source, int source_width, const std::vector<Tap>& taps, int* out) {
  for (const Tap& tap : taps) {
    const uint8_t* left = source + tap.first * kChannels;
    const uint8_t* right = source + std::min(tap.first + 1, source_width - 1) * kChannels;
    for (int c = 0; c < kChannels; ++c) {
      *out++ = tap.weight0 * left[c] + tap.weight1 * right[c];
    }
  }
}

// The fixed-point rounding of OpenCV's vertical pass: 4 bits are dropped before and 16 after each
// product, the last 2 with rounding.
void blend_rows(const std::vector<int>& upper, const std::vector<int>& lower, const Tap& tap,
                uint8_t* out) {
  for (size_t i = 0; i < upper.size(); ++i) {
    const int sum =
        ((tap.weight0 * (upper[i] >> 4)) >> 16) + ((tap.weight1 * (lower[i] >> 4)) >> 16);
    out[i] = static_cast<uint8_t>(std::clamp((sum + 2) >> 2, 0, 255));
  }
}

// The two source rows in use, scaled horizontally; a row is scaled once.
class RowCache {
 public:
  RowCache(const Picture8& picture, int target_width)
      : picture_(picture),
        taps_(make_taps(picture.width, target_width, Border::zero_fraction)),
        rows_{std::vector<int>(taps_.size() * kChannels),
              std::vector<int>(taps_.size() * kChannels)} {}

  // Consecutive rows go to different slots.
  const std::vector<int>& row(int y) {
    const int clamped = std::clamp(y, 0, picture_.height - 1);
    const auto slot = static_cast<size_t>(clamped % 2);
    if (held_[slot] != clamped) {
      scale_row(picture_.at(0, clamped), picture_.width, taps_, rows_[slot].data());
      held_[slot] = clamped;
    }
    return rows_[slot];
  }

 private:
  const Picture8& picture_;
  std::vector<Tap> taps_;
  std::array<std::vector<int>, 2> rows_;
  std::array<int, 2> held_ = {-1, -1};
};

Picture8 halve(const Picture8& picture) {
  Picture8 out(picture.width / 2, picture.height / 2);
  for (int y = 0; y < out.height; ++y) {
    const uint8_t* upper = picture.at(0, 2 * y);
    const uint8_t* lower = picture.at(0, 2 * y + 1);
    uint8_t* target = out.at(0, y);
    for (int x = 0; x < out.width; ++x, upper += 2 * kChannels, lower += 2 * kChannels) {
      for (int c = 0; c < kChannels; ++c) {
        const int sum = upper[c] + upper[c + kChannels] + lower[c] + lower[c + kChannels];
        *target++ = static_cast<uint8_t>((sum + 2) >> 2);
      }
    }
  }
  return out;
}

}  // namespace

Picture8 resize_bilinear(const Picture8& picture, int width, int height) {
  check_resize(picture, width, height);
  if (picture.width == width && picture.height == height) return picture;
  if (picture.width == 2 * width && picture.height == 2 * height) return halve(picture);
  const std::vector<Tap> taps = make_taps(picture.height, height, Border::clamp_neighbour);
  RowCache cache(picture, width);
  Picture8 out(width, height);
  for (int y = 0; y < height; ++y) {
    const Tap& tap = taps[static_cast<size_t>(y)];
    const std::vector<int>& upper = cache.row(tap.first);
    const std::vector<int>& lower = cache.row(tap.first + 1);
    blend_rows(upper, lower, tap, out.at(0, y));
  }
  return out;
}

}  // namespace gpst
