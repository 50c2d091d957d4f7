#include "nn/placed_weights.h"

#include <ATen/ATen.h>
#include <fmt/core.h>
#include <torch/nn/module.h>

#include "base/error.h"
#include "nn/weights.h"
#include "ops/device.h"

namespace gpst {

void place_weights(const torch::nn::Module& from, torch::nn::Module& to, at::Device device) {
  const at::NoGradGuard no_grad;
  if (device.is_cuda()) load_cuda_ops();
  const NamedTensors sources = named_state(from), targets = named_state(to);
  for (size_t i = 0; i < targets.size(); ++i) {
    replace_weight(targets[i].second, sources[i].second.detach().to(device));
  }
}

void replace_weight(const at::Tensor& weight, const at::Tensor& by) {
  const at::NoGradGuard no_grad;
  weight.set_requires_grad(false);
  // What Tensor::set_data does, which however refuses the step from a CPU to a meta tensor.
  weight.unsafeGetTensorImpl()->shallow_copy_from(by.getIntrusivePtr());
}

void drop_weight(const at::Tensor& weight) {
  replace_weight(weight, at::empty({0}, weight.options()));
}

void check_model_type(at::ScalarType type) {
  if (type == at::kFloat || type == at::kBFloat16) return;
  throw ConfigError(
      fmt::format("models compute in float32 or bfloat16, not in {}", at::toString(type)));
}

}  // namespace gpst
