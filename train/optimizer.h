// What changes the weights of a module in a step: Adam, AdamW, or Muon with AdamW for what Muon is
// not for. Its state can be saved by name.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "io/safetensors.h"
#include "nn/weights.h"
#include "train/adam.h"
#include "train/muon.h"
#include "train/options.h"

namespace gpst {

class Optimizer {
 public:
  // The trainable parameters of `model`; they stay the model's own.
  Optimizer(const torch::nn::Module& model, const TrainOptions& options);

  // One update with the gradients that the parameters hold. Parameters without a gradient stay.
  void step(double lr);
  void zero_gradients();

  const std::vector<at::Tensor>& parameters() const { return parameters_; }

  NamedTensors state() const;
  // InputError when a tensor is absent or has another shape.
  void load(const SafetensorsFile& file);

 private:
  std::vector<at::Tensor> parameters_;
  Adam adam_;
  std::optional<Muon> muon_;
};

// Euclidean norm of all gradients together, in double; not finite when a gradient is not.
double gradient_norm(const std::vector<at::Tensor>& parameters);
void scale_gradients(const std::vector<at::Tensor>& parameters, double factor);

}  // namespace gpst
