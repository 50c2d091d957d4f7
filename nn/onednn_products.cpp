#include "nn/onednn_products.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>

#include "base/system.h"

namespace gpst {
namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;

using LinearWeight = at::Tensor(const at::Tensor& weight, std::optional<int64_t> rows);
using Linear = at::Tensor(const at::Tensor& x, const at::Tensor& weight,
                          const std::optional<at::Tensor>& bias, std::string_view attribute,
                          Scalars scalars, std::optional<std::string_view> algorithm);
using Convolution = at::Tensor(const at::Tensor& x, const at::Tensor& weight,
                               const std::optional<at::Tensor>& bias, at::IntArrayRef padding,
                               at::IntArrayRef stride, at::IntArrayRef dilation, int64_t groups,
                               std::string_view attribute, Scalars scalars,
                               std::optional<std::string_view> algorithm);

constexpr const char* kLinearWeight = "mkldnn::_reorder_linear_weight";
constexpr const char* kLinear = "mkldnn::_linear_pointwise";
constexpr const char* kConvolution = "mkldnn::_convolution_pointwise";
constexpr int64_t kUsualRows = 128;  // a hint: the layout serves other numbers of rows as well

template <class Function>
c10::TypedOperatorHandle<Function> function(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Function>();
}

bool has_functions() {
  if (!at::hasMKLDNN()) return false;
  for (const char* name : {kLinearWeight, kLinear, kConvolution}) {
    if (!c10::Dispatcher::singleton().findSchema({name, ""})) return false;
  }
  return true;
}

// LibTorch has conditions of its own for bfloat16: whether they hold is seen by trying.
bool works_in(at::ScalarType type) {
  const c10::NoGradGuard no_grad;
  try {
    const auto ones = [&](at::IntArrayRef shape) { return at::ones(shape, type); };
    const at::Tensor bias = ones({16});
    onednn_linear(ones({4, 16}), onednn_linear_weight(ones({16, 16})), bias);
    const OnednnConvolution how{.stride = {1, 1}, .padding = {1, 1}};
    const at::Tensor map = ones({1, 16, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast);
    onednn_convolution(map, onednn_convolution_weight(ones({16, 16, 3, 3}), how, map.sizes()), bias,
                       how);
    return true;
  } catch (const c10::Error&) {
    return false;
  }
}

}  // namespace

bool onednn_computes(at::ScalarType type) {
  static const bool in_float32 = has_functions() && works_in(at::kFloat);
  static const bool in_bfloat16 = cpu_has_bf16() && has_functions() && works_in(at::kBFloat16);
  return type == at::kBFloat16 ? in_bfloat16 : type == at::kFloat && in_float32;
}

at::Tensor onednn_linear_weight(const at::Tensor& weight) {
  static const auto prepare = function<LinearWeight>(kLinearWeight);
  return prepare.call(weight.contiguous(), kUsualRows);
}

at::Tensor onednn_linear(const at::Tensor& x, const at::Tensor& prepared, const at::Tensor& bias) {
  static const auto linear = function<Linear>(kLinear);
  return linear.call(x, prepared, bias.defined() ? std::optional(bias) : std::nullopt, "none",
                     Scalars(), "");
}

at::Tensor onednn_convolution_weight(const at::Tensor& weight, const OnednnConvolution& how,
                                     at::IntArrayRef input) {
  return at::mkldnn_reorder_conv2d_weight(weight.contiguous().to_mkldnn(), how.padding, how.stride,
                                          /*dilation=*/{1, 1}, /*groups=*/1, input);
}

at::Tensor onednn_convolution(const at::Tensor& x, const at::Tensor& prepared,
                              const at::Tensor& bias, const OnednnConvolution& how) {
  static const auto convolution = function<Convolution>(kConvolution);
  return convolution.call(x, prepared, bias, how.padding, how.stride, /*dilation=*/{1, 1},
                          /*groups=*/1, how.activation, Scalars(), "");
}

}  // namespace gpst
