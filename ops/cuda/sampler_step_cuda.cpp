#include <ATen/ATen.h>
#include <torch/library.h>

#include "cuda/sampler_step.h"
#include "ops/cuda/bf16_data.h"
#include "ops/cuda/kernels.h"
#include "ops/cuda/stream.h"
#include "ops/sampler_step_ops.h"

namespace gpst {
namespace {

template <class T>
void launch_step(const at::Tensor& x, const at::Tensor& output, const at::Tensor& coefficients,
                 const at::Tensor& step, const cuda::StepNoise& noise, int64_t guided_channels,
                 cuda::Stream stream) {
  cuda::sampler_step<T>(x.mutable_data_ptr<float>(),
                        {.values = const_data<T>(output),
                         .row_stride = output.stride(0),
                         .channel_stride = output.stride(1),
                         .token_stride = output.stride(2),
                         .has_none = output.size(0) != x.size(0)},
                        {.rows = coefficients.const_data_ptr<float>(),
                         .steps = coefficients.size(0),
                         .step = step.const_data_ptr<int32_t>()},
                        noise,
                        {.pictures = x.size(0),
                         .channels = x.size(1),
                         .tokens = x.size(2),
                         .guided_channels = guided_channels},
                        stream);
}

void sampler_step_cuda(const at::Tensor& x, const at::Tensor& output,
                       const at::Tensor& coefficients_in, const at::Tensor& step,
                       const at::Tensor& pictures_in, int64_t seed, int64_t purpose,
                       int64_t guided_channels) {
  ops::check_sampler_step(x, output, coefficients_in, step, pictures_in, purpose, guided_channels);
  const OpStream stream(x);
  const at::Tensor coefficients = coefficients_in.contiguous();  // [steps, 4]
  const at::Tensor pictures = pictures_in.contiguous();          // [B]
  const cuda::StepNoise noise = {.pictures = pictures.const_data_ptr<int64_t>(),
                                 .seed = static_cast<uint64_t>(seed),
                                 .purpose = static_cast<Purpose>(purpose)};
  const auto launch =
      output.scalar_type() == at::kFloat ? launch_step<float> : launch_step<cuda::Bf16>;
  launch(x, output, coefficients, step, noise, guided_channels, stream.get());
}

void advance_step_cuda(const at::Tensor& step) {
  ops::check_advance_step(step);
  const OpStream stream(step);
  cuda::advance_step(step.mutable_data_ptr<int32_t>(), stream.get());
}

}  // namespace

void add_sampler_step(torch::Library& library) {
  library.impl("sampler_step", sampler_step_cuda);
  library.impl("advance_step", advance_step_cuda);
}

}  // namespace gpst
