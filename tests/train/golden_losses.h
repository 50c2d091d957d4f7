// The golden data of the losses: its pictures, and networks with the weights of its rule.
#pragma once

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <string>

#include "nn/weights.h"
#include "tests/support/golden.h"
#include "tests/support/golden_tensor.h"
#include "tests/support/rule_weights.h"
#include "train/patch_discriminator.h"

namespace gpst {

struct GoldenLosses {
  nlohmann::json json = golden_json("losses/losses.json");
  SafetensorsFile file = open_golden("losses/losses.safetensors");

  at::Tensor tensor(const std::string& name) const { return to_tensor(file.get(name)); }
  std::string prefix(const char* network) const {
    return json.at("weights_prefix").at(network).get<std::string>();
  }
  PatchDiscriminator discriminator() const {
    PatchDiscriminator made(1);
    const at::NoGradGuard no_gradients;
    for (const auto& [name, tensor] : named_state(made.module())) {
      if (name.ends_with("num_batches_tracked")) continue;
      tensor.copy_(rule_tensor(prefix("disc"), name, tensor.sizes()));
    }
    return made;
  }
};

}  // namespace gpst
