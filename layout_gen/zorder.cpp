#include "layout_gen/zorder.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace gpst {
namespace {

constexpr double kSteps = 65536;

uint32_t cell(float coordinate) {
  const double step = std::floor((static_cast<double>(coordinate) + 1) / 2 * kSteps);
  if (!(step > 0)) return 0;  // also what is not a number
  return static_cast<uint32_t>(std::min(step, kSteps - 1));
}

// Bit i of the lower half goes to bit 2i.
uint32_t spread(uint32_t bits) {
  bits = (bits | bits << 8) & 0x00FF00FFu;
  bits = (bits | bits << 4) & 0x0F0F0F0Fu;
  bits = (bits | bits << 2) & 0x33333333u;
  return (bits | bits << 1) & 0x55555555u;
}

uint32_t morton(const Point& p) { return spread(cell(p.y)) << 1 | spread(cell(p.x)); }

}  // namespace

std::vector<int64_t> z_order(std::span<const Point> centres) {
  std::vector<uint32_t> codes(centres.size());
  std::transform(centres.begin(), centres.end(), codes.begin(), morton);
  std::vector<int64_t> order(centres.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return std::tie(codes[a], centres[a].y, centres[a].x) <
           std::tie(codes[b], centres[b].y, centres[b].x);
  });
  return order;
}

}  // namespace gpst
