#include "eval/ssim_windows.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace gpst {
namespace {

constexpr size_t kChannels = 3;

// What SSIM needs of a window: the weighted means of a, b, a^2 + b^2 and ab. The variances of a
// and b occur only as their sum.
enum Moment : size_t { kMeanA, kMeanB, kSquares, kProduct, kMoments };

// A separable window of kSide x kSide. The side is known when compiling, so that the sums over it
// stay in registers; that makes the whole metric twice as fast.
template <size_t kSide>
struct Window {
  std::array<double, kSide> weights;  // of one axis, sum 1
  double covariance_factor;           // N/(N-1) for the sample covariance
};

// The moments of the last kSide picture rows, row y in slot y % kSide, all [kSide][row bytes].
template <size_t kSide>
class RowRing {
 public:
  explicit RowRing(size_t row_bytes) : row_bytes_(row_bytes) {
    for (auto& moment : moments_) moment.resize(kSide * row_bytes);
  }

  void set_row(const Picture8& a, const Picture8& b, int y) {
    const uint8_t* row_a = a.at(0, y);
    const uint8_t* row_b = b.at(0, y);
    const size_t start = static_cast<size_t>(y) % kSide * row_bytes_;
    std::array<double*, kMoments> out;
    for (size_t m = 0; m < kMoments; ++m) out[m] = moments_[m].data() + start;
    for (size_t i = 0; i < row_bytes_; ++i) {
      const int va = row_a[i], vb = row_b[i];
      out[kMeanA][i] = va;
      out[kMeanB][i] = vb;
      out[kSquares][i] = va * va + vb * vb;
      out[kProduct][i] = va * vb;
    }
  }

  // Vertical pass over the rows from `top` on. Which slot has which weight turns with `top`.
  void sum(size_t moment, int top, const std::array<double, kSide>& weights, double* out) const {
    std::array<double, kSide> of_slot;
    for (size_t k = 0; k < kSide; ++k) of_slot[(static_cast<size_t>(top) + k) % kSide] = weights[k];
    const double* rows = moments_[moment].data();
    for (size_t i = 0; i < row_bytes_; ++i) {
      double total = 0;
      for (size_t slot = 0; slot < kSide; ++slot) {
        total += of_slot[slot] * rows[slot * row_bytes_ + i];
      }
      out[i] = total;
    }
  }

 private:
  size_t row_bytes_;
  std::array<std::vector<double>, kMoments> moments_;
};

// Horizontal pass; `out` is shorter than `row` by the window.
template <size_t kSide>
void sum_columns(const std::vector<double>& row, const std::array<double, kSide>& weights,
                 std::vector<double>& out) {
  const double* source = row.data();
  double* target = out.data();
  const size_t count = out.size();
  for (size_t i = 0; i < count; ++i) {
    double total = 0;
    for (size_t k = 0; k < kSide; ++k) total += weights[k] * source[i + k * kChannels];
    target[i] = total;
  }
}

using Means = std::array<std::vector<double>, kMoments>;

double ssim_sum(const Means& means, double covariance_factor) {
  constexpr double c1 = (0.01 * 255) * (0.01 * 255), c2 = (0.03 * 255) * (0.03 * 255);
  double sum = 0;
  for (size_t i = 0; i < means[kMeanA].size(); ++i) {
    const double a = means[kMeanA][i], b = means[kMeanB][i];
    const double ab = a * b, aabb = a * a + b * b;
    const double variances = covariance_factor * (means[kSquares][i] - aabb);
    const double covariance = covariance_factor * (means[kProduct][i] - ab);
    sum += (2 * ab + c1) * (2 * covariance + c2) / ((aabb + c1) * (variances + c2));
  }
  return sum;
}

template <size_t kSide>
double mean_ssim(const Picture8& a, const Picture8& b, const Window<kSide>& window) {
  RowRing<kSide> ring(a.row_bytes());
  std::vector<double> vertical(a.row_bytes());
  Means means;
  for (auto& row : means) row.resize(a.row_bytes() - (kSide - 1) * kChannels);
  double sum = 0;
  int windows = 0;
  for (int y = 0; y < a.height; ++y) {
    ring.set_row(a, b, y);
    const int top = y + 1 - static_cast<int>(kSide);
    if (top < 0) continue;
    for (size_t m = 0; m < kMoments; ++m) {
      ring.sum(m, top, window.weights, vertical.data());
      sum_columns(vertical, window.weights, means[m]);
    }
    sum += ssim_sum(means, window.covariance_factor);
    ++windows;
  }
  return sum / (static_cast<double>(windows) * static_cast<double>(means[kMeanA].size()));
}

Window<kGaussianSide> gaussian_window() {
  constexpr double kSigma = 1.5;
  Window<kGaussianSide> window = {{}, 1.0};
  double sum = 0;
  for (int i = 0; i < kGaussianSide; ++i) {
    const int offset = i - kGaussianSide / 2;
    double& weight = window.weights[static_cast<size_t>(i)];
    weight = std::exp(-offset * offset / (2 * kSigma * kSigma));
    sum += weight;
  }
  for (double& weight : window.weights) weight /= sum;
  return window;
}

Window<kUniformSide> uniform_window() {
  constexpr double n = kUniformSide * kUniformSide;
  Window<kUniformSide> window = {{}, n / (n - 1)};
  window.weights.fill(1.0 / kUniformSide);
  return window;
}

}  // namespace

double mean_ssim_gaussian(const Picture8& a, const Picture8& b) {
  return mean_ssim(a, b, gaussian_window());
}

double mean_ssim_uniform(const Picture8& a, const Picture8& b) {
  return mean_ssim(a, b, uniform_window());
}

}  // namespace gpst
