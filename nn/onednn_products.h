// oneDNN's products with prepared weights, as LibTorch offers them to its own compiler: through the
// dispatcher alone. For the prepared layers.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <string_view>
#include <vector>

namespace gpst {

// Whether this LibTorch has the functions below and this processor computes them in `type`
// (float32 or bfloat16) without a detour. Decided once.
bool onednn_computes(at::ScalarType type);

// The weight in oneDNN's own layout; the result is only good for onednn_linear.
at::Tensor onednn_linear_weight(const at::Tensor& weight /* [out,in] */);
at::Tensor onednn_linear(const at::Tensor& x /* [N,in] */, const at::Tensor& prepared,
                         const at::Tensor& bias /* [out] or undefined */);  // [N,out]

struct OnednnConvolution {
  std::vector<int64_t> stride, padding;  // [height,width]
  std::string_view activation = "none";  // or "relu"
};

// For maps of the size `input` [B,in,H,W]; with other sizes onednn_convolution reorders the weight
// at every call, slowly.
at::Tensor onednn_convolution_weight(const at::Tensor& weight /* [out,in,h,w] */,
                                     const OnednnConvolution& how, at::IntArrayRef input);
at::Tensor onednn_convolution(const at::Tensor& x /* [B,in,H,W] channels-last */,
                              const at::Tensor& prepared, const at::Tensor& bias /* [out] */,
                              const OnednnConvolution& how);

}  // namespace gpst
