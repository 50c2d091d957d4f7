// The discriminator of the adversarial loss (PatchGAN, Isola et al. 2017; numerics.md 10): judges
// overlapping patches of a picture.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace torch::nn {
class Module;
}

namespace gpst {

// Convolutions 4x4 with padding 1: 3 -> 64 -> 128 -> 256 -> 512 -> 1 channels, strides 2, 2, 2, 1,
// 1, LeakyReLU 0.2 between them, batch norms (eps 1e-5) behind the inner three, which have no bias.
// Weights are named as published: main.0.weight, ..., main.11.bias.
class PatchDiscriminator {
 public:
  // In training mode: norms take the statistics of the batch and move their running ones.
  // Weights from `seed`: convolutions N(0, 0.02), norms N(1, 0.02), biases 0.
  explicit PatchDiscriminator(uint64_t seed);

  // x [B,3,H,W] in [-1,1], sides of at least 32 -> [B,1,h,w], high where a patch looks real.
  at::Tensor logits(const at::Tensor& x) const;

  torch::nn::Module& module() const;

 private:
  class Net;
  std::shared_ptr<Net> net_;
};

}  // namespace gpst
