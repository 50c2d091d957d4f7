// The `loss:` section of tokenizer training: the published keys, and ours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/config.h"

namespace gpst {

struct LossOptions {
  // Published.
  std::string perceptual_target = "none";  // perceptual.target: fid | none
  double perceptual_weight = 1;            // perceptual.weight
  bool disc_conditional = false;           // discriminator.*
  int64_t disc_in_channels = 3;
  int64_t disc_start = 600000;  // updates before the discriminator exists
  double disc_weight = 0;       // of the adversarial loss; 0: there is none
  double codebook_weight = 1;
  double lpips_weight = 0;  // discriminator.perceptual_weight
  // Ours.
  std::string disc_loss = "hinge";         // discriminator.disc_loss: hinge | vanilla
  std::string disc_steps = "alternating";  // discriminator.steps: alternating | joint
  double disc_lr_factor = 1;               // discriminator.lr_factor, times train.lr
  std::string feature_loss = "published";  // published | corrected: what Inception is shown
  std::optional<double> ssim_weight = {};  // of 1 - SSIM; absent: as ssim() says
  double gradient_weight = 0;              // of the mean |difference| of neighbouring differences
  double feature_noise = 0;                // largest deviation of the noise on features, in theirs

  bool uses_lpips() const { return lpips_weight > 0; }
  bool uses_features() const { return perceptual_target != "none" && perceptual_weight > 0; }
  bool uses_discriminator() const { return disc_weight > 0; }
  // ssim_weight; where it is not given 0.1 if no network judges pictures, so that training from
  // scratch has more than squares to go by, else 0.
  double ssim() const;

  void visit(FieldVisitor& visitor);
  // ConfigError for what this program does not have: the ConvNeXt loss (its weights were never
  // published), a conditional discriminator.
  void check() const;
};

}  // namespace gpst
