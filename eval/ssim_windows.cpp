#include "eval/ssim_windows.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

namespace gpst {
namespace {

constexpr int kChannels = 3;

// Means that SSIM needs of a window: of a, b, a^2 + b^2 and ab. The variances of a and b occur
// only as their sum.
enum Moment { mean_a, mean_b, squares, product, kMoments };

// One row of each moment, interleaved channels, as long as a picture row.
using MomentRows = std::array<std::vector<double>, kMoments>;

// Vertical pass: the weighted sum of the picture rows from `top` on.
void sum_rows(const Picture8& a, const Picture8& b, int top, std::span<const double> weights,
              MomentRows& sums) {
  const size_t n = a.row_bytes();
  for (auto& row : sums) row.assign(n, 0.0);
  double* const sum_a = sums[mean_a].data();
  double* const sum_b = sums[mean_b].data();
  double* const sum_squares = sums[squares].data();
  double* const sum_product = sums[product].data();
  for (const double weight : weights) {
    const uint8_t* row_a = a.at(0, top);
    const uint8_t* row_b = b.at(0, top);
    ++top;
    for (size_t i = 0; i < n; ++i) {
      const int va = row_a[i], vb = row_b[i];
      sum_a[i] += weight * va;
      sum_b[i] += weight * vb;
      sum_squares[i] += weight * (va * va + vb * vb);
      sum_product[i] += weight * (va * vb);
    }
  }
}

// Horizontal pass; `out` is shorter by the window.
void sum_columns(const std::vector<double>& row, std::span<const double> weights,
                 std::vector<double>& out) {
  out.assign(row.size() - (weights.size() - 1) * kChannels, 0.0);
  const double* source = row.data();
  for (const double weight : weights) {
    for (size_t i = 0; i < out.size(); ++i) out[i] += weight * source[i];
    source += kChannels;
  }
}

double ssim_sum(const MomentRows& means, double covariance_factor) {
  constexpr double c1 = (0.01 * 255) * (0.01 * 255), c2 = (0.03 * 255) * (0.03 * 255);
  double sum = 0;
  for (size_t i = 0; i < means[mean_a].size(); ++i) {
    const double a = means[mean_a][i], b = means[mean_b][i];
    const double ab = a * b, aabb = a * a + b * b;
    const double variances = covariance_factor * (means[squares][i] - aabb);
    const double covariance = covariance_factor * (means[product][i] - ab);
    sum += (2 * ab + c1) * (2 * covariance + c2) / ((aabb + c1) * (variances + c2));
  }
  return sum;
}

}  // namespace

SsimWindow gaussian_window() {
  constexpr int kRadius = 5;
  constexpr double kSigma = 1.5;
  SsimWindow window;
  double sum = 0;
  for (int i = -kRadius; i <= kRadius; ++i) {
    window.weights.push_back(std::exp(-i * i / (2 * kSigma * kSigma)));
    sum += window.weights.back();
  }
  for (double& weight : window.weights) weight /= sum;
  return window;
}

SsimWindow uniform_window() {
  constexpr int kSide = 7;
  constexpr double n = kSide * kSide;
  return {std::vector<double>(kSide, 1.0 / kSide), n / (n - 1)};
}

double mean_ssim(const Picture8& a, const Picture8& b, const SsimWindow& window) {
  MomentRows vertical, means;
  const int rows = a.height - static_cast<int>(window.weights.size()) + 1;
  double sum = 0;
  for (int y = 0; y < rows; ++y) {
    sum_rows(a, b, y, window.weights, vertical);
    for (size_t m = 0; m < kMoments; ++m) sum_columns(vertical[m], window.weights, means[m]);
    sum += ssim_sum(means, window.covariance_factor);
  }
  return sum / (static_cast<double>(rows) * static_cast<double>(means[mean_a].size()));
}

}  // namespace gpst
