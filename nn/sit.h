// SiT, the transformer of both generators (numerics.md 6): tokens [N,C,l,1], a time and a class in,
// a velocity of the same shape out. With a condition g [N,l,K] it is set-equivariant, without one
// tokens have learned positions.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/config.h"

namespace torch::nn {
class Module;
}

namespace gpst {

// The published `model:` section. `name` S, B, L or XL (also as published, "SiT-XL/2-gs") sets
// depth, hidden_size and num_heads; any other name leaves them as given.
struct SitOptions {
  std::string name = "custom";
  int64_t depth = 28;
  int64_t hidden_size = 1152;
  int64_t num_heads = 16;
  int64_t patch_size = 1;  // nothing else exists for tokens
  double mlp_ratio = 4;
  int64_t latent_size = 128;  // learned positions: tokens of a net without condition
  int64_t num_classes = 1000;
  int64_t in_channels = 21;
  double class_dropout_prob = 0.1;
  bool learn_sigma = true;  // a second, inert half of output channels, as published weights have
  void visit(FieldVisitor& v);
  // Sizes of a named model put in place, and all values checked together. ConfigError.
  SitOptions resolved() const;
};

class SitModule;

// In float32; a handle: copies share their weights. InputError when a tensor has another shape than
// its comment says.
class Sit {
 public:
  // `condition_channels` is K, 0 for a net without condition embedder. Weights are not set
  // until initialise() or load_weights().
  Sit(const SitOptions& options, int64_t condition_channels);

  // Weights as at the start of training, a function of the seed: zero for the adaLN and the last
  // projections, normal(0.02) for labels, time MLP and positions in use, Xavier for the others.
  void initialise(uint64_t seed) const;

  const SitOptions& options() const;  // resolved
  int64_t condition_channels() const;
  // The label that stands for no class.
  int64_t no_class() const { return options().num_classes; }

  // For training (frozen_sit.h is for sampling); labels are dropped by the caller (loss.h). A
  // conditioned net may be called without condition (undefined): positions are used.
  at::Tensor forward(const at::Tensor& x /* [N,C,l,1] */, const at::Tensor& t /* [N] */,
                     const at::Tensor& y /* [N] int64 */,
                     const at::Tensor& condition = {} /* [N,l,K] */) const;

  // Parameters under the published names; weights.h reads and writes them.
  torch::nn::Module& module() const;
  const std::shared_ptr<SitModule>& shared_module() const { return module_; }

 private:
  std::shared_ptr<SitModule> module_;
};

}  // namespace gpst
