#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "ops/once_differentiable.h"
#include "ops/render_ops.h"

namespace gpst::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class RenderFunction : public torch::autograd::Function<RenderFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& tokens, int64_t height,
                            int64_t width, double dmax) {
    context->set_materialize_grads(false);
    context->save_for_backward({tokens});
    context->saved_data["dmax"] = dmax;
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    return render(tokens, height, width, dmax);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const at::Tensor& grad = grads[0];  // [B, c, H, W] or undefined
    variable_list result(4);
    if (!grad.defined()) return result;
    const at::Tensor tokens = context->get_saved_variables()[0];
    at::Tensor grad_tokens;
    {
      const at::AutoDispatchBelowADInplaceOrView below_autograd;
      grad_tokens = render_backward(grad, tokens, context->saved_data["dmax"].toDouble());
    }
    result[0] = once_differentiable(grad_tokens, {grad, tokens}, "render");
    return result;
  }
};

at::Tensor render_autograd(const at::Tensor& tokens, int64_t height, int64_t width, double dmax) {
  return RenderFunction::apply(tokens, height, width, dmax);
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, Autograd, m) { m.impl("render", render_autograd); }

}  // namespace gpst::ops
