// Adam and AdamW over the parameters of a module, with a state that can be saved by name.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "io/safetensors.h"
#include "nn/weights.h"
#include "train/options.h"

namespace gpst {

class Adam {
 public:
  // The trainable parameters of `model`; they stay the model's own.
  Adam(const torch::nn::Module& model, const TrainOptions& options);

  // One update with the gradients that the parameters hold. Parameters without a gradient stay.
  // m <- beta1 m + (1-beta1) g, v <- beta2 v + (1-beta2) g^2,
  // w <- w - lr m_hat / (sqrt(v_hat) + 1e-8); AdamW also w <- w - lr decay w.
  void step(double lr);
  void zero_gradients();

  const std::vector<at::Tensor>& parameters() const { return parameters_; }

  // `NAME.mean`, `NAME.square` and the number of updates, `steps`.
  NamedTensors state() const;
  // InputError when a tensor is absent or has another shape.
  void load(const SafetensorsFile& file);

 private:
  std::vector<std::string> names_;
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> means_;
  std::vector<at::Tensor> squares_;
  int64_t updates_ = 0;
  double beta1_, beta2_, weight_decay_;
  bool decoupled_;
};

// Euclidean norm of all gradients together, in double; not finite when a gradient is not.
double gradient_norm(const std::vector<at::Tensor>& parameters);
void scale_gradients(const std::vector<at::Tensor>& parameters, double factor);

}  // namespace gpst
