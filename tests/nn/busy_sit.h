// A small SiT in which every input matters.
#pragma once

#include <torch/nn/module.h>

#include "nn/sit.h"

namespace gpst {

inline SitOptions tiny_sit() {
  SitOptions options;
  options.name = "tiny";
  options.depth = 2;
  options.hidden_size = 24;
  options.num_heads = 3;
  options.latent_size = 9;
  options.num_classes = 4;
  options.in_channels = 7;
  return options;
}

// The zero-initialised parts are filled as well.
inline Sit busy_sit(const SitOptions& options, int64_t condition_channels) {
  const c10::NoGradGuard no_grad;
  Sit net(options, condition_channels);
  net.initialise(1);
  at::manual_seed(4);
  for (auto& parameter : net.module().parameters()) {
    parameter.add_(at::randn(parameter.sizes()) * 0.1);
  }
  return net;
}

}  // namespace gpst
