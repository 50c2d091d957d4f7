// For ops without a gradient.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace gpst {

// InputError when gradients are recorded and an input needs one: it would be lost in silence.
void check_inference_only(std::string_view op, at::TensorList inputs);

}  // namespace gpst
