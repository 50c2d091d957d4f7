#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <torch/library.h>

#include "ops/check.h"
#include "ops/inference_only.h"
#include "ops/sample_tokens.h"
#include "ops/sample_tokens_ops.h"
#include "ops/token_columns.h"

namespace gpst {
namespace ops {

void check_sample_tokens(const at::Tensor& sample, const at::Tensor& means, const at::Tensor& stds,
                         const at::Tensor& layout) {
  constexpr const char* kName = "sample_tokens";
  check_inference_only(kName, {sample, means, stds, layout});
  check_dimensions(kName, "sample", sample, 3, "[B, 5+c, l]");
  if (sample.scalar_type() != at::kFloat) {
    refuse(kName,
           fmt::format("sample must be float32, found {}", c10::toString(sample.scalar_type())));
  }
  const int64_t channels = sample.size(1);
  if (channels <= kGeometry) {
    refuse(kName, fmt::format("sample must have {} channels and at least one feature, found {}",
                              kGeometry, channels));
  }
  check_shape(kName, "means", means, {channels});
  check_shape(kName, "stds", stds, {channels});
  check_shape(kName, "layout", layout, {sample.size(0), sample.size(2), kGeometry});
  check_like(kName, "means", means, "sample", sample);
  check_like(kName, "stds", stds, "sample", sample);
  check_like(kName, "layout", layout, "sample", sample);
}

at::Tensor sample_tokens(const at::Tensor& sample, const at::Tensor& means, const at::Tensor& stds,
                         const at::Tensor& layout) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::sample_tokens", "")
                             .typed<decltype(sample_tokens)>();
  return op.call(sample, means, stds, layout);
}

namespace {

at::Tensor sample_tokens_meta(const at::Tensor& sample, const at::Tensor& means,
                              const at::Tensor& stds, const at::Tensor& layout) {
  check_sample_tokens(sample, means, stds, layout);
  return at::empty({sample.size(0), sample.size(2), sample.size(1)}, sample.options());
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(gpst_ops, m) {
  m.def("sample_tokens(Tensor sample, Tensor means, Tensor stds, Tensor layout) -> Tensor");
}

TORCH_LIBRARY_IMPL(gpst_ops, Meta, m) { m.impl("sample_tokens", sample_tokens_meta); }

}  // namespace ops

at::Tensor sample_tokens(const at::Tensor& sample, const at::Tensor& means, const at::Tensor& stds,
                         const at::Tensor& layout) {
  const bool trailing = sample.dim() == 4 && sample.size(3) == 1;
  return ops::sample_tokens(trailing ? sample.squeeze(3) : sample, means, stds, layout);
}

}  // namespace gpst
