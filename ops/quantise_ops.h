// The dispatcher's view of quantise; for files of this folder. Callers use ops/quantise.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <tuple>

namespace gpst::ops {

// gpst_ops::quantise: pictures [B, 3, H, W] -> bytes [B, H, W, 3] uint8, first_nan [B] int32
std::tuple<at::Tensor, at::Tensor> quantise(const at::Tensor& pictures, bool nearest);

// Shared by all backends.
void check_quantise(const at::Tensor& pictures);

}  // namespace gpst::ops
