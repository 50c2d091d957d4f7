#include "eval/pixel_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/enum_names.h"
#include "base/error.h"
#include "eval/ssim_float32.h"
#include "eval/ssim_windows.h"

namespace gpst {
namespace {

void check_pair(const Picture8& a, const Picture8& b) {
  if (a.width == b.width && a.height == b.height && !a.empty()) return;
  throw InputError(fmt::format("cannot compare pictures of {}x{} and {}x{}: expected equal sizes",
                               a.width, a.height, b.width, b.height));
}

// Largest minus smallest value on the scale of 0 to 1.
float value_range(const Picture8& picture) {
  const auto [low, high] = std::minmax_element(picture.rgb.begin(), picture.rgb.end());
  return static_cast<float>(*high) / 255 - static_cast<float>(*low) / 255;
}

float common_range(const Picture8& a, const Picture8& b) {
  const float range = std::max(value_range(a), value_range(b));
  if (range > 0) return range;
  throw InputError(
      "SSIM torchmetrics-auto takes its range from the pictures, and both are of one grey; "
      "torchmetrics has a fixed range");
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

std::string name_of(SsimKind kind) { return name_in(kSsimKinds, kind); }

SsimKind parse_ssim_kind(std::string_view name) { return parse_enum("SSIM", name, kSsimKinds); }

int ssim_window(SsimKind kind) { return kind == SsimKind::skimage ? kUniformSide : kGaussianSide; }

double ssim(const Picture8& a, const Picture8& b, SsimKind kind) {
  check_pair(a, b);
  const int side = ssim_window(kind);
  if (a.width < side || a.height < side) {
    throw InputError(fmt::format("SSIM needs pictures of at least {}x{} pixels, got {}x{}", side,
                                 side, a.width, a.height));
  }
  switch (kind) {
    case SsimKind::wang:
      return mean_ssim_gaussian(a, b);
    case SsimKind::skimage:
      return mean_ssim_uniform(a, b);
    case SsimKind::torchmetrics:
      return mean_ssim_float32(a, b, 1.0F);
    case SsimKind::torchmetrics_auto:
      break;
  }
  return mean_ssim_float32(a, b, common_range(a, b));
}

}  // namespace gpst
