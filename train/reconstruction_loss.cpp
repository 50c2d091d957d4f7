#include "train/reconstruction_loss.h"

#include <ATen/ATen.h>

#include "train/autocast.h"

namespace gpst {
namespace {

// Sums `window` neighbours of `length` values: [length-window+1, length] of ones on a band.
at::Tensor band(int64_t length, int64_t window, const at::TensorOptions& options) {
  return at::ones({length - window + 1, length}, options).triu().tril(window - 1);
}

// Means over all windows of a picture. As two products: LibTorch's pooling visits every value of
// every window, forward and backward. In the type of `x` under autocast too, because variances are
// small differences of these.
at::Tensor window_means(const at::Tensor& x /*[B,C,H,W]*/, int64_t window) {
  const WithoutAutocast in_its_type;
  const at::TensorOptions options = x.options().requires_grad(false);
  const at::Tensor down = band(x.size(2), window, options) / static_cast<double>(window * window);
  const at::Tensor across = band(x.size(3), window, options).t();
  return at::matmul(down, at::matmul(x, across));  // [B,C,H-window+1,W-window+1]
}

}  // namespace

at::Tensor mean_ssim(const at::Tensor& a, const at::Tensor& b) {
  constexpr int64_t kWindow = 7;
  constexpr double kRange = 2;
  constexpr double kC1 = (0.01 * kRange) * (0.01 * kRange);
  constexpr double kC2 = (0.03 * kRange) * (0.03 * kRange);
  const int64_t batch = a.size(0);
  // One pooling for all five moments.
  const at::Tensor moments = window_means(at::cat({a, b, a * a, b * b, a * b}), kWindow);
  const auto part = [&](int64_t i) { return moments.narrow(0, i * batch, batch); };
  const at::Tensor mean_a = part(0), mean_b = part(1);
  const at::Tensor product = mean_a * mean_b;
  const at::Tensor squares = mean_a * mean_a + mean_b * mean_b;
  const at::Tensor variances = part(2) + part(3) - squares;
  const at::Tensor covariance = part(4) - product;
  return ((2 * product + kC1) * (2 * covariance + kC2) / ((squares + kC1) * (variances + kC2)))
      .mean();
}

at::Tensor gradient_distance(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor difference = a - b;  // the differences of neighbours are linear
  return difference.diff(1, 2).abs().mean() + difference.diff(1, 3).abs().mean();
}

}  // namespace gpst
