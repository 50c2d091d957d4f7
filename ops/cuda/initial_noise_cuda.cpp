#include <ATen/ATen.h>
#include <torch/library.h>

#include "cuda/initial_noise.h"
#include "ops/cuda/kernels.h"
#include "ops/cuda/stream.h"
#include "ops/initial_noise_ops.h"

namespace gpst {
namespace {

at::Tensor initial_noise_cuda(const at::Tensor& pictures_in, int64_t seed, int64_t purpose,
                              int64_t step, int64_t channels, int64_t tokens) {
  ops::check_initial_noise(pictures_in, purpose, step, channels, tokens);
  const OpStream stream(pictures_in);
  const at::Tensor pictures = pictures_in.contiguous();  // [B]
  at::Tensor noise =
      at::empty({pictures.size(0), channels, tokens}, pictures.options().dtype(at::kFloat));
  cuda::initial_noise(pictures.const_data_ptr<int64_t>(), noise.mutable_data_ptr<float>(),
                      pictures.size(0), channels * tokens, static_cast<uint64_t>(seed),
                      static_cast<Purpose>(purpose), step, stream.get());
  return noise;
}

}  // namespace

void add_initial_noise(torch::Library& library) {
  library.impl("initial_noise", initial_noise_cuda);
}

}  // namespace gpst
