#include "train/adversarial_loss.h"

#include <ATen/ATen.h>
#include <torch/autograd.h>

namespace gpst {

at::Tensor discriminator_loss(const at::Tensor& real, const at::Tensor& fake, GanLoss kind) {
  if (kind == GanLoss::hinge) return 0.5 * (at::relu(1 - real).mean() + at::relu(1 + fake).mean());
  return 0.5 * (at::softplus(-real).mean() + at::softplus(fake).mean());
}

at::Tensor generator_loss(const at::Tensor& fake) { return -fake.mean(); }

at::Tensor adaptive_weight(const at::Tensor& reconstruction, const at::Tensor& adversarial,
                           const at::Tensor& last_weight) {
  const auto norm_of = [&](const at::Tensor& loss) {
    return torch::autograd::grad({loss}, {last_weight}, {}, /*retain_graph=*/true)[0].norm();
  };
  const at::Tensor ratio = norm_of(reconstruction) / (norm_of(adversarial) + 1e-4);
  return ratio.clamp(0, 1e4).detach();
}

}  // namespace gpst
