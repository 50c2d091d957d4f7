// What loading libgpst_ops_cuda.so does: the ops of gpst_ops gain their CUDA kernels.
#include <torch/library.h>

#include "ops/cuda/kernels.h"

TORCH_LIBRARY_IMPL(gpst_ops, CUDA, library) { gpst::add_cuda_kernels(library); }
