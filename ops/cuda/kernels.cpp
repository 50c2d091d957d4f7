#include "ops/cuda/kernels.h"

namespace gpst {

void add_cuda_kernels(torch::Library& /*library*/) {}

}  // namespace gpst
