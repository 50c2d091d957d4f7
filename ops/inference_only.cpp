#include "ops/inference_only.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "ops/check.h"

namespace gpst {

void check_inference_only(std::string_view op, at::TensorList inputs) {
  if (!at::GradMode::is_enabled()) return;
  if (std::any_of(inputs.begin(), inputs.end(),
                  [](const at::Tensor& input) { return input.requires_grad(); })) {
    refuse(op, "an input needs a gradient, and this op has none; call it under at::NoGradGuard");
  }
}

}  // namespace gpst
