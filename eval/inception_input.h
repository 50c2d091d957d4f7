// Pictures as Inception takes them: 299x299, values about [-1,1]. Conventions differ in the resize
// alone (evaluation.md, "Inception").
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "eval/evaluation_mode.h"

namespace gpst {

inline constexpr int64_t kInceptionSide = 299;

enum class InceptionInput {
  // TensorFlow 1: source = target * in/299 without a shift of half a pixel and without antialias,
  // lower index rounded down, upper index at most in-1; then (x-128)/128.
  tf1_bilinear,
  // On x/255: source = (target + 1/2) * in/299 - 1/2, without antialias; then 2x-1.
  half_pixel_bilinear,
  // Pillow's BICUBIC (a = -0.5, support grows when shrinking) on float pictures, columns first;
  // clipped to 0..255 and not rounded; then (x-128)/128.
  clean_bicubic
};

// adm and torch-fidelity: tf1_bilinear.
InceptionInput input_of(EvaluationMode mode);

// pictures [B,H,W,3] uint8 -> [B,3,299,299] f32, channels last.
at::Tensor inception_input(const at::Tensor& pictures, InceptionInput kind);

// The same for floating pictures [B,3,H,W] with values of 0..255; values beyond are taken as they
// are (but for the clip of clean_bicubic). Differentiable.
at::Tensor inception_input_of_values(const at::Tensor& pictures, InceptionInput kind);

}  // namespace gpst
