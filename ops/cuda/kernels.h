// The ops that run as CUDA kernels. Each NAME_cuda.cpp of this folder ends with a function that
// adds its host functions to a library; this is the list of them.
#pragma once

#include <torch/library.h>

namespace gpst {

// All of the list. `library` implements gpst_ops for one dispatch key: CUDA in libgpst_ops_cuda.so,
// CPU in tests that run the emulated kernels.
void add_cuda_kernels(torch::Library& library);

}  // namespace gpst
