#include "train/loss_options.h"

#include <fmt/format.h>

#include "base/error.h"

namespace gpst {
namespace {

struct Perceptual {
  LossOptions& loss;
  void visit(FieldVisitor& v) {
    v.field({.name = "target",
             .help = "network of the feature loss; fid is Inception",
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
    v.field({.name = "disc_start",
             .help = "steps before there is a discriminator; nothing of it is computed in them",
             .min = 0},
            loss.disc_start);
    v.field({.name = "disc_weight",
             .help = "weight of the adversarial loss, times what balances its gradient; 0: none",
             .min = 0},
            loss.disc_weight);
    v.field({.name = "codebook_weight", .help = "published files carry it", .min = 0},
            loss.codebook_weight);
    v.field({.name = "perceptual_weight", .help = "weight of LPIPS", .min = 0}, loss.lpips_weight);
    v.field({.name = "disc_loss",
             .help = "what the discriminator minimises",
             .choices = {"hinge", "vanilla"}},
            loss.disc_loss);
    v.field({.name = "steps",
             .help = "alternating: the model and the discriminator learn in turn, as published; "
                     "joint: both in every step",
             .choices = {"alternating", "joint"}},
            loss.disc_steps);
    v.field({.name = "lr_factor",
             .help = "the discriminator's learning rate is train.lr times this",
             .min = 0},
            loss.disc_lr_factor);
  }
};

}  // namespace

double LossOptions::ssim() const {
  constexpr double kWithoutNetworks = 0.1;
  if (ssim_weight) return *ssim_weight;
  return uses_lpips() || uses_features() ? 0 : kWithoutNetworks;
}

void LossOptions::visit(FieldVisitor& v) {
  Perceptual perceptual{*this};
  group(v, "perceptual", "feature loss", perceptual);
  Discriminator discriminator{*this};
  group(v, "discriminator", "LPIPS and adversarial loss", discriminator);
  v.field({.name = "feature_loss",
           .help = "values Inception is shown: 255 (x+1), as published, or corrected 127.5 (x+1)",
           .choices = {"published", "corrected"}},
          feature_loss);
  v.field({.name = "ssim_weight",
           .help = "weight of 1 - SSIM (7x7 windows); without: 0.1 where neither LPIPS nor the "
                   "feature loss is used, else 0",
           .min = 0},
          ssim_weight);
  v.field({.name = "gradient_weight",
           .help = "weight of the L1 distance of picture gradients",
           .min = 0},
          gradient_weight);
  v.field({.name = "feature_noise",
           .help = "features get normal noise of up to so many deviations before decoding",
           .min = 0,
           .max = 10},
          feature_noise);
}

void LossOptions::check() const {
  if (perceptual_target == "convnext_small_perceptual") {
    throw ConfigError(
        "loss.perceptual.target: the weights of the ConvNeXt feature loss were never published; "
        "set it to fid or none");
  }
  if (disc_conditional) {
    throw ConfigError(
        "loss.discriminator.disc_conditional: there is no conditional discriminator; set it to "
        "false");
  }
  if (uses_discriminator() && disc_in_channels != 3) {
    throw ConfigError(fmt::format("loss.discriminator.disc_in_channels is {}, pictures have 3",
                                  disc_in_channels));
  }
}

}  // namespace gpst
