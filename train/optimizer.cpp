#include "train/optimizer.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include <cmath>
#include <span>

#include "base/error.h"

namespace gpst {
namespace {

NamedTensors trainable(const torch::nn::Module& model) {
  NamedTensors parameters;
  for (const auto& item : model.named_parameters()) {
    if (item.value().requires_grad()) parameters.emplace_back(item.key(), item.value());
  }
  return parameters;
}

// The trainable parameters that Muon takes, or the others.
NamedTensors share_of_muon(const torch::nn::Module& model, const TrainOptions& options,
                           bool muons) {
  NamedTensors parameters = trainable(model);
  std::erase_if(parameters, [&](const auto& parameter) {
    const bool is_muons =
        options.optimizer == "muon" && Muon::is_for(parameter.first, parameter.second);
    return is_muons != muons;
  });
  return parameters;
}

}  // namespace

Optimizer::Optimizer(const torch::nn::Module& model, const TrainOptions& options)
    : adam_(share_of_muon(model, options, false), options) {
  for (const auto& [name, parameter] : trainable(model)) parameters_.push_back(parameter);
  if (options.optimizer == "muon") muon_.emplace(share_of_muon(model, options, true), options);
}

void Optimizer::step(double lr) {
  adam_.step(lr);
  if (muon_) muon_->step(lr);
}

void Optimizer::zero_gradients() {
  for (at::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
}

NamedTensors Optimizer::state() const {
  NamedTensors tensors = adam_.state();
  if (muon_) {
    const NamedTensors more = muon_->state();
    tensors.insert(tensors.end(), more.begin(), more.end());
  }
  return tensors;
}

void Optimizer::load(const SafetensorsFile& file) {
  for (auto& [name, tensor] : state()) {
    const at::Tensor stored = to_tensor(file.get(name));
    if (stored.sizes() != tensor.sizes()) {
      throw InputError(
          fmt::format("{}: {} has another shape than the model's parameter; the "
                      "checkpoint belongs to another configuration",
                      file.path(), name));
    }
    tensor.copy_(stored);  // shares the memory of the state
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
