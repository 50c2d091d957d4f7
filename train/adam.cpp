#include "train/adam.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include <cmath>
#include <span>

#include "base/error.h"

namespace gpst {

Adam::Adam(const torch::nn::Module& model, const TrainOptions& options)
    : beta1_(options.beta1),
      beta2_(options.beta2),
      weight_decay_(options.weight_decay),
      decoupled_(options.optimizer == "adamw") {
  for (const auto& item : model.named_parameters()) {
    if (!item.value().requires_grad()) continue;
    names_.push_back(item.key());
    parameters_.push_back(item.value());
    means_.push_back(at::zeros_like(item.value()));
    squares_.push_back(at::zeros_like(item.value()));
  }
}

void Adam::step(double lr) {
  const at::NoGradGuard no_gradients;
  ++updates_;
  std::vector<at::Tensor> weights, gradients, means, squares;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (!parameters_[i].grad().defined()) continue;
    weights.push_back(parameters_[i]);
    gradients.push_back(parameters_[i].grad());
    means.push_back(means_[i]);
    squares.push_back(squares_[i]);
  }
  if (weights.empty()) return;
  // One number for all, where the weights are.
  const std::vector<at::Tensor> updates(
      weights.size(), at::full({}, updates_, weights.front().options().dtype(at::kFloat)));
  constexpr double kEps = 1e-8;
  if (decoupled_) {
    at::_fused_adamw_(weights, gradients, means, squares, {}, updates, lr, beta1_, beta2_,
                      weight_decay_, kEps, /*amsgrad=*/false, /*maximize=*/false);
  } else {
    at::_fused_adam_(weights, gradients, means, squares, {}, updates, lr, beta1_, beta2_,
                     weight_decay_, kEps, /*amsgrad=*/false, /*maximize=*/false);
  }
}

void Adam::zero_gradients() {
  for (at::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
}

NamedTensors Adam::state() const {
  NamedTensors tensors;
  for (size_t i = 0; i < names_.size(); ++i) {
    tensors.emplace_back(names_[i] + ".mean", means_[i]);
    tensors.emplace_back(names_[i] + ".square", squares_[i]);
  }
  tensors.emplace_back("steps", at::full({1}, updates_, at::kLong));
  return tensors;
}

void Adam::load(const SafetensorsFile& file) {
  for (auto& [name, tensor] : state()) {
    const at::Tensor stored = to_tensor(file.get(name));
    if (stored.sizes() != tensor.sizes()) {
      throw InputError(
          fmt::format("{}: {} has another shape than the model's parameter; the "
                      "checkpoint belongs to another configuration",
                      file.path(), name));
    }
    if (name == "steps") {
      updates_ = stored.item<int64_t>();
    } else {
      tensor.copy_(stored);  // shares the memory of means_ and squares_
    }
  }
}

double gradient_norm(const std::vector<at::Tensor>& parameters) {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> norms;
  for (const at::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) norms.push_back(at::linalg_vector_norm(parameter.grad()));
  }
  if (norms.empty()) return 0;
  // One copy to the host, not one a parameter: a device computes on meanwhile.
  const at::Tensor all = at::stack(norms).to(at::kCPU, at::kDouble);
  double squares = 0;
  for (const double norm : std::span(all.const_data_ptr<double>(), norms.size())) {
    squares += norm * norm;
  }
  return std::sqrt(squares);
}

void scale_gradients(const std::vector<at::Tensor>& parameters, double factor) {
  const at::NoGradGuard no_gradients;
  for (const at::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) parameter.grad().mul_(factor);
  }
}

}  // namespace gpst
