#include "nn/ema.h"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace gpst {
namespace {

// Parameters only: buffers (running statistics) are not averaged but taken over.
std::vector<at::Tensor> weights_of(const NamedTensors& tensors, size_t parameters) {
  std::vector<at::Tensor> weights;
  for (size_t i = 0; i < parameters; ++i) weights.push_back(tensors[i].second.detach());
  return weights;
}

}  // namespace

void EmaOptions::visit(FieldVisitor& visitor) {
  visitor.field({.name = "kind",
                 .help = "power: a window that grows with the steps, as published; constant",
                 .choices = {"power", "constant"}},
                kind);
  visitor.field({.name = "beta", .help = "largest decay, or the constant one", .min = 0, .max = 1},
                beta);
  visitor.field({.name = "warmup", .help = "power: steps in which the average is a copy", .min = 0},
                warmup);
  visitor.field({.name = "every", .help = "power: steps between two updates", .min = 1}, every);
}

Ema::Ema(const torch::nn::Module& model, EmaOptions options) : options_(std::move(options)) {
  for (const auto& [name, tensor] : named_state(model)) {
    tensors_.emplace_back(name, tensor.detach().clone());
  }
}

double Ema::decay(int64_t step) const {
  if (options_.kind == "constant") return options_.beta;
  if (step % options_.every != 0) return 1;
  if (step <= options_.warmup) return 0;
  const auto updates = static_cast<double>((step - options_.warmup) / options_.every);
  return std::min(options_.beta, 1 - std::pow(1 + updates, -2.0 / 3.0));
}

void Ema::update(const torch::nn::Module& model, int64_t step) {
  const double kept = decay(step);
  if (kept == 1) return;
  const at::NoGradGuard no_grad;
  const NamedTensors current = named_state(model);
  const size_t parameters = model.parameters().size();
  at::_foreach_lerp_(weights_of(tensors_, parameters), weights_of(current, parameters), 1 - kept);
  for (size_t i = parameters; i < current.size(); ++i) tensors_[i].second.copy_(current[i].second);
}

void Ema::copy_to(torch::nn::Module& model) const {
  const at::NoGradGuard no_grad;
  const NamedTensors targets = named_state(model);
  for (size_t i = 0; i < targets.size(); ++i) {
    at::Tensor target = targets[i].second;
    target.copy_(tensors_[i].second);
  }
}

void Ema::load(const SafetensorsFile& file) {
  for (auto& [name, tensor] : tensors_) {
    const TensorView& stored = file.get(name);
    if (tensor.sizes() != at::IntArrayRef(stored.shape)) {
      throw InputError(file.path() + ": '" + name + "' has another shape than the model's");
    }
    tensor.copy_(to_tensor(stored));
  }
}

}  // namespace gpst
