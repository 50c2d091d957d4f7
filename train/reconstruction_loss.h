// Losses of a reconstruction that need no network.
#pragma once

#include <ATen/core/Tensor.h>

#include "base/config.h"

namespace gpst {

// The published `loss:` section, and ours. What needs networks of others (LPIPS, Inception
// features, PatchGAN) is refused with the key to change.
struct LossOptions {
  std::string perceptual_target = "none";  // perceptual.target: fid | none
  double perceptual_weight = 1;            // perceptual.weight
  bool disc_conditional = false;           // discriminator.*: published keys
  int64_t disc_in_channels = 3;
  int64_t disc_start = 600000;
  double disc_weight = 0;
  double codebook_weight = 1;
  double lpips_weight = 0;  // discriminator.perceptual_weight
  // Ours.
  double ssim_weight = 0;    // of 1 - SSIM
  double feature_noise = 0;  // largest deviation of the noise on features, in theirs

  void visit(FieldVisitor& visitor);
  // ConfigError when a loss is asked for that this program does not have.
  void check() const;
};

// Mean over pictures, channels and windows of the structural similarity with a uniform 7x7 window
// (population covariance), for values in [-1,1] (range 2). [] differentiable.
at::Tensor mean_ssim(const at::Tensor& a /*[B,C,H,W]*/, const at::Tensor& b /*[B,C,H,W]*/);

}  // namespace gpst
