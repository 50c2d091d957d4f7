// Muon (Jordan et al. 2024): matrices move by their momentum made orthogonal, so that every
// direction of a layer learns alike. Per example seen it learns faster than AdamW; a step costs 15
// small products a matrix more.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "nn/weights.h"
#include "train/options.h"

namespace gpst {

class Muon {
 public:
  // Whether a parameter is a matrix inside a block of a transformer. Embeddings, first and last
  // layers, the modulation of adaLN, convolutions, biases and norms are Adam's.
  static bool is_for(const std::string& name, const at::Tensor& parameter);

  Muon(NamedTensors parameters, const TrainOptions& options);

  // One update with the gradients that the parameters hold. Parameters without a gradient stay.
  // m <- 0.95 m + g, u = orthogonalized(g + 0.95 m),
  // w <- w - lr decay w - lr 0.2 sqrt(max(rows, columns)) u: steps as large as those of AdamW, so
  // that a learning rate serves both (Liu et al. 2025). The three matrices of a joint projection to
  // queries, keys and values [3 D, D] are made orthogonal one by one.
  void step(double lr);

  // `NAME.momentum`; these are live, not copies.
  NamedTensors state() const;

 private:
  NamedTensors parameters_;
  std::vector<at::Tensor> momenta_;
  double weight_decay_;
};

// Five Newton-Schulz steps towards U V^T of the singular value decomposition U S V^T of `matrix`
// [M,N]: singular values that are not tiny beside the largest come out between 0.7 and 1.2.
at::Tensor orthogonalized(const at::Tensor& matrix);

}  // namespace gpst
