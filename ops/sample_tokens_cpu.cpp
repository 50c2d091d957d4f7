#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/sample_tokens_ops.h"
#include "ops/token_columns.h"
#include "ops/token_limits.h"

namespace gpst::ops {
namespace {

at::Tensor sample_tokens_cpu(const at::Tensor& sample, const at::Tensor& means,
                             const at::Tensor& stds, const at::Tensor& layout) {
  check_sample_tokens(sample, means, stds, layout);
  at::Tensor tokens = (sample.transpose(1, 2).contiguous() * stds).add_(means);  // [B,l,C]
  tokens.narrow(2, 0, kGeometry).add_(layout);
  tokens.narrow(2, kSigmaX, 2).clamp_(kSmallestSigma, kLargestSigma);
  tokens.narrow(2, kRho, 1).clamp_(-kLargestRho, kLargestRho);
  return tokens;
}

}  // namespace

TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) { m.impl("sample_tokens", sample_tokens_cpu); }

}  // namespace gpst::ops
