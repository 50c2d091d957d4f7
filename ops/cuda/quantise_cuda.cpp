#include <ATen/ATen.h>
#include <torch/library.h>

#include "cuda/quantise.h"
#include "ops/cuda/bf16_data.h"
#include "ops/cuda/kernels.h"
#include "ops/cuda/stream.h"
#include "ops/quantise_ops.h"

namespace gpst {
namespace {

template <class T>
void launch_quantise(const at::Tensor& pictures, const at::Tensor& bytes,
                     const at::Tensor& first_nan, bool nearest, cuda::Stream stream) {
  cuda::quantise(
      const_data<T>(pictures),
      {.picture = pictures.stride(0),
       .channel = pictures.stride(1),
       .row = pictures.stride(2),
       .column = pictures.stride(3)},
      bytes.mutable_data_ptr<uint8_t>(), first_nan.mutable_data_ptr<int32_t>(),
      {.pictures = pictures.size(0), .height = pictures.size(2), .width = pictures.size(3)},
      nearest, stream);
}

std::tuple<at::Tensor, at::Tensor> quantise_cuda(const at::Tensor& pictures, bool nearest) {
  ops::check_quantise(pictures);
  const OpStream stream(pictures);
  at::Tensor bytes = at::empty({pictures.size(0), pictures.size(2), pictures.size(3), 3},
                               pictures.options().dtype(at::kByte));
  at::Tensor first_nan = at::empty({pictures.size(0)}, pictures.options().dtype(at::kInt));
  const auto launch =
      pictures.scalar_type() == at::kFloat ? launch_quantise<float> : launch_quantise<cuda::Bf16>;
  launch(pictures, bytes, first_nan, nearest, stream.get());
  return {bytes, first_nan};
}

}  // namespace

void add_quantise(torch::Library& library) { library.impl("quantise", quantise_cuda); }

}  // namespace gpst
