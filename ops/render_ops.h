// The dispatcher's view of the renderer; for files of this folder. Callers use ops/render.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gpst::ops {

// gpst_ops::render: tokens [B, l, 5+c] -> [B, c, height, width]
at::Tensor render(const at::Tensor& tokens, int64_t height, int64_t width, double dmax);

// gpst_ops::render_backward: grad [B, c, H, W], tokens [B, l, 5+c] -> [B, l, 5+c]
at::Tensor render_backward(const at::Tensor& grad, const at::Tensor& tokens, double dmax);

// Shared by all backends.
void check_render(const at::Tensor& tokens, int64_t height, int64_t width, double dmax);
void check_render_backward(const at::Tensor& grad, const at::Tensor& tokens, double dmax);

}  // namespace gpst::ops
