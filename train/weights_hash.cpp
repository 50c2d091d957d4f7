#include "train/weights_hash.h"

#include <ATen/ATen.h>

#include "base/hash.h"
#include "nn/weights.h"

namespace gpst {

std::string weights_hash(const torch::nn::Module& module) {
  Xxh3 hash;
  for (const auto& [name, tensor] : named_state(module)) {
    const at::Tensor values = tensor.detach().to(at::kCPU).contiguous();
    hash.update(values.const_data_ptr(), values.nbytes());
  }
  return hash.hex();
}

}  // namespace gpst
