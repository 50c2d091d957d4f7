#include "nn/prepared_linear.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <vector>

#include "nn/onednn_products.h"
#include "nn/placed_weights.h"
#include "ops/gelu.h"

namespace gpst {

PreparedLinear::PreparedLinear(const at::Tensor& weight, const at::Tensor& bias,
                               at::ScalarType type)
    : in_(weight.size(1)), out_(weight.size(0)), type_(type), computes_in_(type) {
  check_model_type(type);
  const c10::NoGradGuard no_grad;
  is_prepared_ = false;
  if (weight.is_cpu()) {
    // Where the processor has no products of this type the rounded values are kept as float32.
    computes_in_ = onednn_computes(type) ? type : at::kFloat;
    is_prepared_ = onednn_computes(computes_in_);
  }
  const auto rounded = [&](const at::Tensor& x) { return x.detach().to(type).to(computes_in_); };
  weight_ = is_prepared_ ? onednn_linear_weight(rounded(weight)) : rounded(weight).clone();
  if (bias.defined()) bias_ = rounded(bias).clone();
}

at::Tensor PreparedLinear::operator()(const at::Tensor& x) const {
  const c10::NoGradGuard no_grad;
  const at::Tensor rows = x.to(computes_in_).reshape({-1, in_});  // [N,in]
  const at::Tensor product = is_prepared_ ? onednn_linear(rows.contiguous(), weight_, bias_)
                                          : at::linear(rows, weight_, bias_);  // [N,out]
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = out_;
  return product.to(type_).view(shape);
}

at::Tensor PreparedLinear::gelu(const at::Tensor& x) const {
  const c10::NoGradGuard no_grad;
  if (!x.is_cuda()) return gelu_tanh_((*this)(x));
  // cuBLASLt applies it to its accumulators, so that the widest tensor of a block is written once
  // instead of written, read and written.
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = out_;
  return at::_addmm_activation(bias_, x.reshape({-1, in_}), weight_.t(), 1, 1, /*use_gelu=*/true)
      .view(shape);
}

}  // namespace gpst
