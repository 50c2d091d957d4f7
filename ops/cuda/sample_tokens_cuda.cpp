#include <ATen/ATen.h>
#include <torch/library.h>

#include "cuda/sample_tokens.h"
#include "ops/cuda/kernels.h"
#include "ops/cuda/stream.h"
#include "ops/sample_tokens_ops.h"

namespace gpst {
namespace {

at::Tensor sample_tokens_cuda(const at::Tensor& sample_in, const at::Tensor& means_in,
                              const at::Tensor& stds_in, const at::Tensor& layout_in) {
  ops::check_sample_tokens(sample_in, means_in, stds_in, layout_in);
  const OpStream stream(sample_in);
  const at::Tensor sample = sample_in.contiguous();                             // [B, C, l]
  const at::Tensor means = means_in.contiguous(), stds = stds_in.contiguous();  // [C]
  const at::Tensor layout = layout_in.contiguous();                             // [B, l, 5]
  const int64_t pictures = sample.size(0), channels = sample.size(1), count = sample.size(2);
  at::Tensor tokens = at::empty({pictures, count, channels}, sample.options());
  cuda::sample_tokens(sample.const_data_ptr<float>(), means.const_data_ptr<float>(),
                      stds.const_data_ptr<float>(), layout.const_data_ptr<float>(),
                      tokens.mutable_data_ptr<float>(), pictures, channels, count, stream.get());
  return tokens;
}

}  // namespace

void add_sample_tokens(torch::Library& library) {
  library.impl("sample_tokens", sample_tokens_cuda);
}

}  // namespace gpst
