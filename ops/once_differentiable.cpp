#include "ops/once_differentiable.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/custom_function.h>

#include "base/error.h"

namespace gpst {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class RefuseSecondDerivative : public torch::autograd::Function<RefuseSecondDerivative> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gradient,
                            at::TensorList /*sources*/, const std::string& op) {
    context->saved_data["op"] = op;
    return gradient.view_as(gradient);
  }
  static variable_list backward(AutogradContext* context, const variable_list& /*grads*/) {
    throw Error(ExitCode::internal,
                fmt::format("{} can be differentiated once only; its gradient was asked for a "
                            "gradient. Compute this term without create_graph.",
                            context->saved_data["op"].toStringRef()));
  }
};

}  // namespace

at::Tensor once_differentiable(const at::Tensor& gradient, at::TensorList sources,
                               const std::string& op) {
  if (!gradient.defined() || !at::GradMode::is_enabled()) return gradient;
  return RefuseSecondDerivative::apply(gradient, sources, op);
}

}  // namespace gpst
