#include "train/tokenizer_loss.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include <stdexcept>

#include "eval/inception_input.h"
#include "train/adversarial_loss.h"
#include "train/autocast.h"
#include "train/patch_discriminator.h"
#include "train/reconstruction_loss.h"

namespace gpst {
namespace {

// What passes through the discriminator meanwhile leaves no gradients in it, and costs none.
class Untrained {
 public:
  explicit Untrained(torch::nn::Module& module) : module_(module) { set(false); }
  ~Untrained() { set(true); }
  Untrained(const Untrained&) = delete;
  Untrained& operator=(const Untrained&) = delete;

 private:
  void set(bool trained) {
    for (at::Tensor& parameter : module_.parameters()) parameter.requires_grad_(trained);
  }
  torch::nn::Module& module_;
};

double value_of(const at::Tensor& loss) { return loss.item<double>(); }

at::Tensor logits_of(const PatchDiscriminator& discriminator, const at::Tensor& pictures) {
  return discriminator.logits(pictures).to(at::kFloat);
}

}  // namespace

TokenizerLoss::TokenizerLoss(const LossOptions& options, LossNetworks networks)
    : options_(options), networks_(std::move(networks)) {
  options_.check();
  if ((options_.uses_lpips() && !networks_.lpips) ||
      (options_.uses_features() && !networks_.inception)) {
    throw std::logic_error("the network of a loss is missing");
  }
}

at::Tensor TokenizerLoss::features(const at::Tensor& pictures) const {
  const WithoutAutocast in_float32;
  const double scale = options_.feature_loss == "published" ? 255 : 127.5;
  return networks_.inception
      ->features(inception_input_of_values((pictures + 1) * scale, InceptionInput::tf1_bilinear))
      .pool;
}

LossTerms TokenizerLoss::of_model(const at::Tensor& reconstructions, const at::Tensor& pictures,
                                  const std::optional<Adversary>& adversary) const {
  const at::Tensor mse = at::mse_loss(reconstructions, pictures);
  LossTerms result{.loss = mse, .metrics = {{"mse", value_of(mse)}}};
  const auto add = [&](const char* name, double weight, const at::Tensor& term) {
    result.loss = result.loss + weight * term;
    result.metrics.emplace_back(name, value_of(term));
  };
  if (options_.uses_lpips()) {
    const WithoutAutocast in_float32;
    add("lpips", options_.lpips_weight,
        networks_.lpips->distance(pictures, reconstructions).mean());
  }
  const at::Tensor rec = result.loss;
  if (options_.ssim() > 0)
    add("ssim_loss", options_.ssim(), 1 - mean_ssim(reconstructions, pictures));
  if (options_.gradient_weight > 0) {
    add("gradient_loss", options_.gradient_weight, gradient_distance(reconstructions, pictures));
  }
  if (options_.uses_features()) {
    add("feature_loss", options_.perceptual_weight,
        at::mse_loss(features(reconstructions), features(pictures).detach()));
  }
  if (adversary) {
    const Untrained untrained(adversary->discriminator.module());
    const at::Tensor g = generator_loss(logits_of(adversary->discriminator, reconstructions));
    const WithoutAutocast in_types_of_forward;
    const double weight =
        options_.disc_weight * value_of(adaptive_weight(rec, g, adversary->last_weight));
    result.metrics.emplace_back("disc_balance", weight);
    add("g_loss", weight, g);
  }
  return result;
}

LossTerms TokenizerLoss::of_discriminator(const PatchDiscriminator& discriminator,
                                          const at::Tensor& reconstructions,
                                          const at::Tensor& pictures) const {
  const at::Tensor real = logits_of(discriminator, pictures);
  const at::Tensor fake = logits_of(discriminator, reconstructions.detach());
  const GanLoss kind = options_.disc_loss == "hinge" ? GanLoss::hinge : GanLoss::vanilla;
  const at::Tensor loss = discriminator_loss(real, fake, kind);
  return {.loss = loss,
          .metrics = {{"disc_loss", value_of(loss)},
                      {"logits_real", value_of(real.mean())},
                      {"logits_fake", value_of(fake.mean())}}};
}

std::vector<std::string> TokenizerLoss::metric_names() const {
  std::vector<std::string> names = {"mse"};
  if (options_.uses_lpips()) names.emplace_back("lpips");
  if (options_.ssim() > 0) names.emplace_back("ssim_loss");
  if (options_.gradient_weight > 0) names.emplace_back("gradient_loss");
  if (options_.uses_features()) names.emplace_back("feature_loss");
  if (options_.uses_discriminator()) {
    for (const char* name : {"disc_balance", "g_loss", "disc_loss", "logits_real", "logits_fake"}) {
      names.emplace_back(name);
    }
  }
  return names;
}

std::string TokenizerLoss::description() const {
  std::string text = "mean squared error";
  const auto add = [&](double weight, const std::string& what) {
    if (weight > 0) text += fmt::format(" + {} {}", weight, what);
  };
  if (options_.uses_lpips()) {
    add(options_.lpips_weight, fmt::format("LPIPS ({})", name_of(networks_.lpips->net())));
  }
  add(options_.ssim(), "(1 - SSIM)");
  add(options_.gradient_weight, "L1 of picture gradients");
  if (options_.uses_features()) {
    add(options_.perceptual_weight,
        fmt::format("Inception features ({} range)", options_.feature_loss));
  }
  if (options_.uses_discriminator()) {
    add(options_.disc_weight,
        fmt::format("{} PatchGAN from step {} on, {} steps", options_.disc_loss,
                    options_.disc_start + 1, options_.disc_steps));
  }
  return text;
}

}  // namespace gpst
