#include "train/adam.h"

#include <ATen/ATen.h>

#include <utility>

namespace gpst {

Adam::Adam(NamedTensors parameters, const TrainOptions& options)
    : parameters_(std::move(parameters)),
      updates_(at::zeros({1}, at::kLong)),
      beta1_(options.beta1),
      beta2_(options.beta2),
      weight_decay_(options.weight_decay),
      decoupled_(options.optimizer != "adam") {
  for (const auto& [name, parameter] : parameters_) {
    means_.push_back(at::zeros_like(parameter));
    squares_.push_back(at::zeros_like(parameter));
  }
}

void Adam::step(double lr) {
  const at::NoGradGuard no_gradients;
  updates_.add_(1);
  std::vector<at::Tensor> weights, gradients, means, squares;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const at::Tensor& parameter = parameters_[i].second;
    if (!parameter.grad().defined()) continue;
    weights.push_back(parameter);
    gradients.push_back(parameter.grad());
    means.push_back(means_[i]);
    squares.push_back(squares_[i]);
  }
  if (weights.empty()) return;
  // One number for all, where the weights are.
  const std::vector<at::Tensor> updates(
      weights.size(),
      at::full({}, updates_.item<int64_t>(), weights.front().options().dtype(at::kFloat)));
  constexpr double kEps = 1e-8;
  if (decoupled_) {
    at::_fused_adamw_(weights, gradients, means, squares, {}, updates, lr, beta1_, beta2_,
                      weight_decay_, kEps, /*amsgrad=*/false, /*maximize=*/false);
  } else {
    at::_fused_adam_(weights, gradients, means, squares, {}, updates, lr, beta1_, beta2_,
                     weight_decay_, kEps, /*amsgrad=*/false, /*maximize=*/false);
  }
}

NamedTensors Adam::state() const {
  NamedTensors tensors;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    tensors.emplace_back(parameters_[i].first + ".mean", means_[i]);
    tensors.emplace_back(parameters_[i].first + ".square", squares_[i]);
  }
  tensors.emplace_back("steps", updates_);
  return tensors;
}

}  // namespace gpst
