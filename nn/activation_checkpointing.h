// Activation checkpointing: blocks of a net that keep their inputs only and are computed a second
// time in the backward pass. Memory for time: training then holds the activations of one block
// instead of those of all, and takes one forward pass longer.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace torch::nn {
class Module;
}

namespace gpst {

// Base of blocks that can be recomputed. Such a block draws no random numbers and changes nothing
// but its result. Off at first.
class RecomputedBlock {
 public:
  virtual ~RecomputedBlock() = default;
  void recompute(bool on) { recompute_ = on; }

 protected:
  using Compute = std::function<at::Tensor(const std::vector<at::Tensor>& inputs)>;

  // compute(inputs). Where gradients are recorded and recompute(true) was called, what `compute`
  // makes on its way is dropped, and made again for the gradients of the inputs and of the
  // parameters of `block`: the same bits as without. The second pass runs in the autocast type of
  // the first; gradients of gradients are refused. `block`, and what `compute` refers to, must live
  // until then.
  at::Tensor run(const torch::nn::Module& block, std::vector<at::Tensor> inputs,
                 Compute compute) const;

 private:
  bool recompute_ = false;
};

// Switches every RecomputedBlock in a net.
void recompute_blocks(torch::nn::Module& net, bool on);

}  // namespace gpst
