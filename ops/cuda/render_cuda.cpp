#include <ATen/ATen.h>
#include <torch/library.h>

#include "cuda/splat_backward.h"
#include "cuda/splat_forward.h"
#include "ops/check.h"
#include "ops/cuda/bf16_data.h"
#include "ops/cuda/kernels.h"
#include "ops/cuda/stream.h"
#include "ops/render_ops.h"
#include "ops/render_tiles_ops.h"
#include "ops/token_columns.h"

namespace gpst {
namespace {

using cuda::MapOrder;

// On a GPU the renderer computes in float32.
void check_float(std::string_view op, const at::Tensor& tokens) {
  if (tokens.scalar_type() == at::kFloat) return;
  refuse(op, std::string("on CUDA tokens must be float32, found ") +
                 c10::toString(tokens.scalar_type()) + "; convert them, or render on the CPU");
}

// `height` and `width` are of the whole canvas.
cuda::SplatShape splat_shape(const at::Tensor& tokens, int64_t tiles, int64_t height, int64_t width,
                             double dmax) {
  cuda::SplatShape shape;
  shape.pictures = tokens.size(0) / (tiles * tiles);
  shape.tokens = tokens.size(1);
  shape.channels = tokens.size(2) - kGeometry;
  shape.height = height;
  shape.width = width;
  shape.dmax = dmax;
  shape.tiles = tiles;
  return shape;
}

at::Tensor render_tiles_cuda(const at::Tensor& tokens_in, int64_t tiles, int64_t height,
                             int64_t width, double dmax, at::ScalarType dtype, bool channels_last) {
  ops::check_render_tiles(tokens_in, tiles, height, width, dmax, dtype);
  check_float("render_tiles", tokens_in);
  const OpStream stream(tokens_in);
  const at::Tensor tokens = tokens_in.contiguous();  // [B*n*n, l, 5+c]
  const at::Tensor map =
      ops::empty_map(tokens, tiles, height, width, dtype, channels_last);  // [B, c, nH, nW]
  const auto shape = splat_shape(tokens, tiles, tiles * height, tiles * width, dmax);
  const MapOrder order = channels_last ? MapOrder::nhwc : MapOrder::nchw;
  if (dtype == at::kFloat) {
    cuda::splat_forward(shape, order, const_data<float>(tokens), mutable_data<float>(map),
                        stream.get());
  } else {
    cuda::splat_forward(shape, order, const_data<float>(tokens), mutable_data<cuda::Bf16>(map),
                        stream.get());
  }
  return map;
}

at::Tensor render_cuda(const at::Tensor& tokens_in, int64_t height, int64_t width, double dmax) {
  ops::check_render(tokens_in, height, width, dmax);
  check_float("render", tokens_in);
  const OpStream stream(tokens_in);
  const at::Tensor tokens = tokens_in.contiguous();  // [B, l, 5+c]
  at::Tensor map = ops::empty_map(tokens, 1, height, width, at::kFloat, /*channels_last=*/false);
  cuda::splat_forward(splat_shape(tokens, 1, height, width, dmax), MapOrder::nchw,
                      const_data<float>(tokens), mutable_data<float>(map), stream.get());
  return map;
}

// A channels-last gradient, which convolutions hand over, is read as it lies.
at::Tensor render_backward_cuda(const at::Tensor& grad_in, const at::Tensor& tokens_in,
                                double dmax) {
  ops::check_render_backward(grad_in, tokens_in, dmax);
  check_float("render_backward", tokens_in);
  const OpStream stream(tokens_in);
  const at::Tensor tokens = tokens_in.contiguous();  // [B, l, 5+c]
  const bool channels_last =
      !grad_in.is_contiguous() && grad_in.is_contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor grad = channels_last ? grad_in : grad_in.contiguous();  // [B, c, H, W]
  at::Tensor grad_tokens = at::empty(tokens.sizes(), tokens.options());    // [B, l, 5+c]
  cuda::splat_backward(splat_shape(tokens, 1, grad.size(2), grad.size(3), dmax),
                       channels_last ? MapOrder::nhwc : MapOrder::nchw, const_data<float>(tokens),
                       const_data<float>(grad), mutable_data<float>(grad_tokens), stream.get());
  return grad_tokens;
}

}  // namespace

void add_render(torch::Library& library) {
  library.impl("render", render_cuda);
  library.impl("render_backward", render_backward_cuda);
  library.impl("render_tiles", render_tiles_cuda);
}

}  // namespace gpst
