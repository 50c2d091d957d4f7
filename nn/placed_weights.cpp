#include "nn/placed_weights.h"

#include <ATen/ATen.h>
#include <fmt/core.h>
#include <torch/nn/module.h>

#include "base/error.h"
#include "nn/weights.h"
#include "ops/device.h"

namespace gpst {

void place_weights(const torch::nn::Module& from, torch::nn::Module& to, at::Device device,
                   const std::function<at::ScalarType(std::string_view)>& type_of,
                   RightWeights right) {
  const at::NoGradGuard no_grad;
  if (device.is_cuda()) load_cuda_ops();
  const NamedTensors sources = named_state(from), targets = named_state(to);
  for (size_t i = 0; i < targets.size(); ++i) {
    const auto& [name, source] = sources[i];
    const at::ScalarType type = source.is_floating_point() ? type_of(name) : source.scalar_type();
    const at::Tensor copy = source.detach().to(device, type, /*non_blocking=*/false,
                                               /*copy=*/right == RightWeights::copied);
    at::Tensor target = targets[i].second;
    target.set_requires_grad(false);
    // What Tensor::set_data does, which however refuses the step from a CPU to a meta tensor.
    target.unsafeGetTensorImpl()->shallow_copy_from(copy.getIntrusivePtr());
  }
}

void check_model_type(at::ScalarType type) {
  if (type == at::kFloat || type == at::kBFloat16) return;
  throw ConfigError(
      fmt::format("models compute in float32 or bfloat16, not in {}", at::toString(type)));
}

}  // namespace gpst
