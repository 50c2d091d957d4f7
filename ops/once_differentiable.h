// Gradients that have no gradient of their own.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace gpst {

// Called at the end of a backward function. When a graph of the gradient is being built
// (create_graph), ties `gradient` to `sources` so that differentiating it again throws an Error
// naming the op, instead of silently giving zeros. Otherwise returns `gradient` itself.
at::Tensor once_differentiable(const at::Tensor& gradient, at::TensorList sources,
                               const std::string& op);

}  // namespace gpst
