// Ops of gpst_ops run on the CPU by their CUDA host functions over emulated kernels.
#pragma once

#include <torch/library.h>

#include <functional>

namespace gpst {

// While it lives, the functions that `add` registers (by default all of ops/cuda/kernels.h) take
// the place of the CPU ones, for every thread; afterwards those are back. Reference values of the
// CPU are computed before or after. Not to be made or ended while another thread calls an op.
class EmulatedOps {
 public:
  EmulatedOps();
  explicit EmulatedOps(const std::function<void(torch::Library&)>& add);

 private:
  torch::Library library_;
};

}  // namespace gpst
