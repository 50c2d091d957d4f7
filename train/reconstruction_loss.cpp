#include "train/reconstruction_loss.h"

#include <ATen/ATen.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <fmt/format.h>

#include "base/error.h"

namespace gpst {
namespace {

struct Perceptual {
  LossOptions& loss;
  void visit(FieldVisitor& v) {
    v.field({.name = "target",
             .help = "network of the feature loss",
             .choices = {"none", "fid", "convnext_small_perceptual"}},
            loss.perceptual_target);
    v.field({.name = "weight", .help = "its weight", .min = 0}, loss.perceptual_weight);
  }
};

struct Discriminator {
  LossOptions& loss;
  void visit(FieldVisitor& v) {
    v.field({.name = "disc_conditional", .help = "published files carry it"},
            loss.disc_conditional);
    v.field({.name = "disc_in_channels", .help = "published files carry it", .min = 1},
            loss.disc_in_channels);
    v.field({.name = "disc_start", .help = "first step of the discriminator", .min = 0},
            loss.disc_start);
    v.field({.name = "disc_weight", .help = "weight of the discriminator", .min = 0},
            loss.disc_weight);
    v.field({.name = "codebook_weight", .help = "published files carry it", .min = 0},
            loss.codebook_weight);
    v.field({.name = "perceptual_weight", .help = "weight of LPIPS", .min = 0}, loss.lpips_weight);
  }
};

// Sums `window` neighbours of `length` values: [length-window+1, length] of ones on a band.
at::Tensor band(int64_t length, int64_t window, const at::TensorOptions& options) {
  return at::ones({length - window + 1, length}, options).triu().tril(window - 1);
}

// Means over all windows of a picture. As two products: LibTorch's pooling visits every value of
// every window, forward and backward. In the type of `x` under autocast too, because variances are
// small differences of these.
at::Tensor window_means(const at::Tensor& x /*[B,C,H,W]*/, int64_t window) {
  const c10::impl::ExcludeDispatchKeyGuard without_autocast(
      c10::DispatchKeySet({c10::DispatchKey::AutocastCPU, c10::DispatchKey::AutocastCUDA}));
  const at::TensorOptions options = x.options().requires_grad(false);
  const at::Tensor down = band(x.size(2), window, options) / static_cast<double>(window * window);
  const at::Tensor across = band(x.size(3), window, options).t();
  return at::matmul(down, at::matmul(x, across));  // [B,C,H-window+1,W-window+1]
}

}  // namespace

void LossOptions::visit(FieldVisitor& v) {
  Perceptual perceptual{*this};
  group(v, "perceptual", "feature loss", perceptual);
  Discriminator discriminator{*this};
  group(v, "discriminator", "LPIPS and adversarial loss", discriminator);
  v.field({.name = "ssim_weight", .help = "weight of 1 - SSIM (7x7 windows)", .min = 0},
          ssim_weight);
  v.field({.name = "feature_noise",
           .help = "features get normal noise of up to so many deviations before decoding",
           .min = 0,
           .max = 10},
          feature_noise);
}

void LossOptions::check() const {
  const auto refuse = [](std::string_view key, std::string_view what, std::string_view fix) {
    throw ConfigError(fmt::format(
        "loss.{}: {} is not part of this program's training yet; set it to {}", key, what, fix));
  };
  if (perceptual_target == "convnext_small_perceptual") {
    refuse("perceptual.target", "the ConvNeXt feature loss (its weights were never published)",
           "none");
  }
  if (perceptual_target != "none" && perceptual_weight > 0) {
    refuse("perceptual.target", "the Inception feature loss", "none");
  }
  if (lpips_weight > 0) refuse("discriminator.perceptual_weight", "LPIPS", "0");
  if (disc_weight > 0) refuse("discriminator.disc_weight", "the adversarial loss", "0");
}

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

}  // namespace gpst
