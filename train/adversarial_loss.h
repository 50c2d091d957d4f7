// The two sides of the adversarial loss (numerics.md 10), and what balances it.
#pragma once

#include <ATen/core/Tensor.h>

namespace gpst {

enum class GanLoss { hinge, vanilla };

// What the discriminator minimises, given its logits of pictures and of reconstructions, of any
// shape. hinge: 1/2 (mean max(0, 1 - real) + mean max(0, 1 + fake));
// vanilla: 1/2 (mean softplus(-real) + mean softplus(fake)). [] differentiable.
at::Tensor discriminator_loss(const at::Tensor& real, const at::Tensor& fake, GanLoss kind);

// What the model minimises: -mean(fake). [] differentiable.
at::Tensor generator_loss(const at::Tensor& fake);

// min(|d reconstruction / dW| / (|d adversarial / dW| + 1e-4), 1e4), norms of the gradients in the
// weight W of the decoder's last convolution, part of both graphs, which stay. [] no gradient.
at::Tensor adaptive_weight(const at::Tensor& reconstruction, const at::Tensor& adversarial,
                           const at::Tensor& last_weight);

}  // namespace gpst
