#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "eval/moments.h"

namespace gpst {
namespace {

constexpr double kAsymmetry = 1e-5;  // of the largest entry: what float32 sums may leave
constexpr int64_t kTile = 64;        // entries and their mirror images stay in the cache

struct Entries {
  bool finite = true;
  double largest = 0;    // max |s_ij|
  double asymmetry = 0;  // max |s_ij - s_ji|
};

Entries entries_of(const at::Tensor& covariance) {
  const at::Tensor contiguous = covariance.contiguous();
  const double* s = contiguous.const_data_ptr<double>();
  const int64_t d = contiguous.size(0);
  Entries entries;
  double poison = 0;  // 0 * x is 0 for finite x only
  for (int64_t i0 = 0; i0 < d; i0 += kTile) {
    for (int64_t j0 = 0; j0 <= i0; j0 += kTile) {
      for (int64_t i = i0; i < std::min(d, i0 + kTile); ++i) {
        for (int64_t j = j0; j < std::min(i + 1, j0 + kTile); ++j) {
          const double below = s[i * d + j], above = s[j * d + i];
          poison += 0 * below + 0 * above;
          entries.largest = std::max({entries.largest, std::abs(below), std::abs(above)});
          entries.asymmetry = std::max(entries.asymmetry, std::abs(below - above));
        }
      }
    }
  }
  entries.finite = poison == 0;
  return entries;
}

}  // namespace

void check_moments(const Moments& moments, std::string_view where) {
  const at::Tensor &mean = moments.mean, &sigma = moments.covariance;
  const auto refuse = [&](const std::string& fault) {
    throw InputError(fmt::format("{}: {}", where, fault));
  };
  if (mean.dim() != 1 || mean.size(0) == 0) refuse("the mean (mu) is not a vector of numbers");
  const int64_t d = mean.size(0);
  if (sigma.dim() != 2 || sigma.size(0) != d || sigma.size(1) != d) {
    refuse(
        fmt::format("the covariance (sigma) has shape [{}], expected [{}, {}] as the mean (mu) "
                    "has {} numbers",
                    fmt::join(sigma.sizes(), ", "), d, d, d));
  }
  if (!at::isfinite(mean).all().item<bool>()) refuse("the mean (mu) holds NaN or infinity");
  const Entries entries = entries_of(sigma);
  if (!entries.finite) refuse("the covariance (sigma) holds NaN or infinity");
  if (entries.asymmetry > kAsymmetry * entries.largest) {
    refuse(
        fmt::format("the covariance (sigma) is not symmetric: entries differ by up to {:.4g} "
                    "from their mirror images, the largest entry is {:.4g}",
                    entries.asymmetry, entries.largest));
  }
  const double least = sigma.diagonal().min().item<double>();
  if (least < 0) {
    refuse(fmt::format("the covariance (sigma) has a negative variance on its diagonal, {:.4g}",
                       least));
  }
}

}  // namespace gpst
