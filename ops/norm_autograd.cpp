#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "ops/norm_ops.h"
#include "ops/once_differentiable.h"

namespace gpst::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class NormSiluFunction : public torch::autograd::Function<NormSiluFunction> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& x,
                               const at::Tensor& weight, const at::Tensor& bias, int64_t groups,
                               double eps, int64_t kind, int64_t tiles, int64_t activation) {
    context->set_materialize_grads(false);
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    auto [y, statistics] = norm_silu(x, weight, bias, groups, eps, kind, tiles, activation);
    context->save_for_backward({x, weight, bias, statistics});
    context->mark_non_differentiable({statistics});
    auto& saved = context->saved_data;
    saved["groups"] = groups;
    saved["eps"] = eps;
    saved["kind"] = kind;
    saved["tiles"] = tiles;
    saved["activation"] = activation;
    return {y, statistics};
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const at::Tensor& grad = grads[0];  // [B, C, H, W] or undefined
    variable_list result(8);
    if (!grad.defined()) return result;
    const variable_list tensors = context->get_saved_variables();  // x, weight, bias, statistics
    auto& saved = context->saved_data;
    std::tuple<at::Tensor, at::Tensor, at::Tensor> gradients;
    {
      const at::AutoDispatchBelowADInplaceOrView below_autograd;
      gradients = norm_silu_backward(grad, tensors[0], tensors[1], tensors[2], tensors[3],
                                     saved["groups"].toInt(), saved["eps"].toDouble(),
                                     saved["kind"].toInt(), saved["tiles"].toInt(),
                                     saved["activation"].toInt());
    }
    const variable_list sources{grad, tensors[0], tensors[1], tensors[2]};
    result[0] = once_differentiable(std::get<0>(gradients), sources, "norm_silu");
    result[1] = once_differentiable(std::get<1>(gradients), sources, "norm_silu");
    result[2] = once_differentiable(std::get<2>(gradients), sources, "norm_silu");
    return result;
  }
};

std::tuple<at::Tensor, at::Tensor> norm_silu_autograd(const at::Tensor& x, const at::Tensor& weight,
                                                      const at::Tensor& bias, int64_t groups,
                                                      double eps, int64_t kind, int64_t tiles,
                                                      int64_t activation) {
  const variable_list result =
      NormSiluFunction::apply(x, weight, bias, groups, eps, kind, tiles, activation);
  return {result[0], result[1]};
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, Autograd, m) { m.impl("norm_silu", norm_silu_autograd); }

}  // namespace gpst::ops
