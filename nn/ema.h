// Exponential moving average of a model's weights (numerics.md 10). What is sampled is this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/config.h"
#include "nn/weights.h"

namespace gpst {

struct EmaOptions {
  std::string kind = "power";  // power | constant
  double beta = 0.9999;
  int64_t warmup = 100;  // power: the average is a plain copy in the first steps
  int64_t every = 10;    // power: one update in so many steps

  void visit(FieldVisitor& visitor);
};

// average <- decay * average + (1 - decay) * weight, where after training step s (1, 2, ...)
//   power:    decay = min(beta, 1 - (1 + k)^(-2/3)), k = number of updates after the warm-up;
//             nothing happens in steps that are no multiple of `every`
//   constant: decay = beta, every step.
// Everything follows from the step's number, so the averaged weights are the whole state.
class Ema {
 public:
  // Starts from a copy of the model's weights.
  Ema(const torch::nn::Module& model, EmaOptions options);

  // Call after training step `step`, the first being 1.
  void update(const torch::nn::Module& model, int64_t step);

  // The decay of step `step`: 0 copies the model, 1 leaves the average as it is.
  double decay(int64_t step) const;

  // The averaged parameters and the buffers under the model's names; these are live, not copies.
  const NamedTensors& tensors() const { return tensors_; }

  void copy_to(torch::nn::Module& model) const;

  // Takes the average from a file written from tensors(). InputError as load_weights.
  void load(const SafetensorsFile& file);

 private:
  EmaOptions options_;
  NamedTensors tensors_;
};

}  // namespace gpst
