#pragma once

#include <cstdint>

namespace gpst {

// A rectangle of a tile: inclusive pixel bounds, x to the right, y down.
struct Region {
  int x0 = 0;
  int y0 = 0;
  int x1 = 0;
  int y1 = 0;

  int width() const { return x1 - x0 + 1; }
  int height() const { return y1 - y0 + 1; }
  int64_t area() const { return int64_t{width()} * height(); }

  friend bool operator==(const Region&, const Region&) = default;
};

inline Region whole_tile(int width, int height) { return {0, 0, width - 1, height - 1}; }

// The two halves of a cut: `first` is left or top, and the smaller one where the side is odd.
struct Halves {
  Region first;
  Region second;
};

inline Halves cut_left_right(const Region& r) {
  const int middle = r.x0 + r.width() / 2;
  return {{r.x0, r.y0, middle - 1, r.y1}, {middle, r.y0, r.x1, r.y1}};
}

inline Halves cut_top_bottom(const Region& r) {
  const int middle = r.y0 + r.height() / 2;
  return {{r.x0, r.y0, r.x1, middle - 1}, {r.x0, middle, r.x1, r.y1}};
}

// A region is cut further while its longer side, as a difference of inclusive bounds, exceeds
// `minhw`; a side of minhw+1 pixels is therefore still small.
inline bool can_be_cut(const Region& r, int minhw) {
  return r.x1 - r.x0 > minhw || r.y1 - r.y0 > minhw;
}

}  // namespace gpst
