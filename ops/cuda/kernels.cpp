#include "ops/cuda/kernels.h"

namespace gpst {

void add_cuda_kernels(torch::Library& library) {
  add_grey_tiles(library);
  add_partition_regions(library);
  add_preprocess_pictures(library);
  add_render(library);
  add_gate_residual(library);
  add_initial_noise(library);
  add_layer_norm_modulate(library);
  add_quantise(library);
  add_sample_tokens(library);
  add_sampler_step(library);
  add_norm(library);
  add_roi_align(library);
  add_roi_bins(library);
}

}  // namespace gpst
