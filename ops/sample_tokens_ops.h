// The dispatcher's view of sample_tokens; for files of this folder. Callers use
// ops/sample_tokens.h.
#pragma once

#include <ATen/core/Tensor.h>

namespace gpst::ops {

// gpst_ops::sample_tokens: sample [B, C, l], means and stds [C], layout [B, l, 5] -> [B, l, C]
at::Tensor sample_tokens(const at::Tensor& sample, const at::Tensor& means, const at::Tensor& stds,
                         const at::Tensor& layout);

// Shared by all backends.
void check_sample_tokens(const at::Tensor& sample, const at::Tensor& means, const at::Tensor& stds,
                         const at::Tensor& layout);

}  // namespace gpst::ops
