// The loss of tokenizer training, put together from the terms that the configuration asks for
// (numerics.md 10).
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "eval/inception.h"
#include "eval/lpips.h"
#include "train/loss_options.h"
#include "train/metrics_log.h"

namespace gpst {

class PatchDiscriminator;

// Networks of others, whose weights the user has; each only where its term is used.
struct LossNetworks {
  std::optional<Lpips> lpips = {};
  std::optional<Inception> inception = {};
};

struct LossTerms {
  at::Tensor loss;  // [] to be differentiated
  Metrics metrics;  // every term by itself, without its weight
};

// The adversary in a step of the model.
struct Adversary {
  const PatchDiscriminator& discriminator;
  at::Tensor last_weight;  // of the decoder: where the gradients are balanced
};

// Pictures are float32 [B,3,S,S] in [-1,1]. Safe on several threads.
class TokenizerLoss {
 public:
  // std::logic_error when a network is missing that a term needs.
  TokenizerLoss(const LossOptions& options, LossNetworks networks);

  // What the model minimises: mean (y-x)^2 + lpips_weight LPIPS(x,y) [the two being rec]
  //   + ssim (1 - SSIM) + gradient_weight |grad y - grad x| + perceptual_weight mean (F(y)-F(x))^2
  //   + disc_weight balance(rec, g) g, g = -mean D(y), where there is an adversary.
  // F are Inception's pooled features of 255 (x+1), as published (0 to 510, neither clamped nor
  // rounded), or of 127.5 (x+1) where corrected. No gradient reaches D.
  LossTerms of_model(const at::Tensor& reconstructions /*y*/, const at::Tensor& pictures /*x*/,
                     const std::optional<Adversary>& adversary) const;

  // What the discriminator minimises; no gradient reaches the reconstructions.
  LossTerms of_discriminator(const PatchDiscriminator& discriminator,
                             const at::Tensor& reconstructions, const at::Tensor& pictures) const;

  // Names of all metrics, those of the discriminator behind.
  std::vector<std::string> metric_names() const;
  // "mean squared error + 0.1 (1 - SSIM)", for the log.
  std::string description() const;

 private:
  at::Tensor features(const at::Tensor& pictures) const;  // [B,2048]

  LossOptions options_;
  LossNetworks networks_;
};

}  // namespace gpst
