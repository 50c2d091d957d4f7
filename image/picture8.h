#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gpst {

// An 8-bit RGB picture: rows from the top, interleaved, [height][width][3] without padding.
struct Picture8 {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;

  Picture8() = default;
  // Black.
  Picture8(int w, int h)
      : width(w), height(h), rgb(static_cast<size_t>(w) * static_cast<size_t>(h) * 3) {}

  // The three bytes of pixel (x right, y down).
  uint8_t* at(int x, int y) { return rgb.data() + offset(x, y); }
  const uint8_t* at(int x, int y) const { return rgb.data() + offset(x, y); }

  bool empty() const { return rgb.empty(); }
  size_t row_bytes() const { return static_cast<size_t>(width) * 3; }
  bool operator==(const Picture8&) const = default;

 private:
  size_t offset(int x, int y) const {
    return (static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)) * 3;
  }
};

}  // namespace gpst
