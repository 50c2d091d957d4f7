// The ops that run as CUDA kernels. Each NAME_cuda.cpp of this folder ends with a function that
// adds its host functions to a library; this is the list of them.
#pragma once

#include <torch/library.h>

namespace gpst {

// All of the list. `library` implements gpst_ops for one dispatch key: CUDA in libgpst_ops_cuda.so,
// CPU in tests that run the emulated kernels.
void add_cuda_kernels(torch::Library& library);

void add_grey_tiles(torch::Library& library);
void add_partition_regions(torch::Library& library);
void add_preprocess_pictures(torch::Library& library);
void add_render(torch::Library& library);
void add_gate_residual(torch::Library& library);
void add_initial_noise(torch::Library& library);
void add_layer_norm_modulate(torch::Library& library);
void add_quantise(torch::Library& library);
void add_sample_tokens(torch::Library& library);
void add_sampler_step(torch::Library& library);

void add_norm(torch::Library& library);
void add_roi_align(torch::Library& library);
void add_roi_bins(torch::Library& library);

}  // namespace gpst
