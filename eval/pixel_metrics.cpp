#include "eval/pixel_metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

#include "base/error.h"
#include "eval/ssim_windows.h"

namespace gpst {
namespace {

void check_pair(const Picture8& a, const Picture8& b) {
  if (a.width == b.width && a.height == b.height && !a.empty()) return;
  throw InputError(fmt::format("cannot compare pictures of {}x{} and {}x{}: expected equal sizes",
                               a.width, a.height, b.width, b.height));
}

}  // namespace

std::optional<double> psnr(const Picture8& a, const Picture8& b) {
  check_pair(a, b);
  int64_t squares = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) {
    const int difference = int{a.rgb[i]} - int{b.rgb[i]};
    squares += difference * difference;
  }
  if (squares == 0) return std::nullopt;
  const double mse = static_cast<double>(squares) / static_cast<double>(a.rgb.size());
  return 10 * std::log10(255.0 * 255.0 / mse);
}

double ssim(const Picture8& a, const Picture8& b, SsimKind kind) {
  check_pair(a, b);
  const int side = kind == SsimKind::wang ? kGaussianSide : kUniformSide;
  if (a.width < side || a.height < side) {
    throw InputError(fmt::format("SSIM needs pictures of at least {}x{} pixels, got {}x{}", side,
                                 side, a.width, a.height));
  }
  return kind == SsimKind::wang ? mean_ssim_gaussian(a, b) : mean_ssim_uniform(a, b);
}

}  // namespace gpst
