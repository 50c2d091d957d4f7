// Adam and AdamW over named parameters.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "nn/weights.h"
#include "train/options.h"

namespace gpst {

class Adam {
 public:
  // AdamW unless options.optimizer is "adam".
  Adam(NamedTensors parameters, const TrainOptions& options);

  // One update with the gradients that the parameters hold. Parameters without a gradient stay.
  // m <- beta1 m + (1-beta1) g, v <- beta2 v + (1-beta2) g^2,
  // w <- w - lr m_hat / (sqrt(v_hat) + 1e-8); AdamW also w <- w - lr decay w.
  void step(double lr);

  // `NAME.mean`, `NAME.square` and the number of updates, `steps` [1]; these are live, not copies.
  NamedTensors state() const;

 private:
  NamedTensors parameters_;
  std::vector<at::Tensor> means_;
  std::vector<at::Tensor> squares_;
  at::Tensor updates_;  // [1] int64
  double beta1_, beta2_, weight_decay_;
  bool decoupled_;
};

}  // namespace gpst
