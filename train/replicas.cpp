#include "train/replicas.h"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

namespace gpst {

void share_parameters(const torch::nn::Module& source, torch::nn::Module& copy) {
  const auto parameters = source.named_parameters();
  for (auto& item : copy.named_parameters()) item.value().set_data(parameters[item.key()]);
  const auto buffers = source.named_buffers();
  for (auto& item : copy.named_buffers()) item.value().set_data(buffers[item.key()]);
}

void move_gradients(torch::nn::Module& copy, torch::nn::Module& source) {
  const at::NoGradGuard no_gradients;
  auto targets = source.named_parameters();
  for (auto& item : copy.named_parameters()) {
    at::Tensor& from = item.value().mutable_grad();
    if (!from.defined()) continue;
    at::Tensor& to = targets[item.key()].mutable_grad();
    if (to.defined()) {
      to.add_(from);
    } else {
      to = from;
    }
    from.reset();
  }
}

}  // namespace gpst
