#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <fmt/format.h>
#include <torch/library.h>

#include <limits>

#include "ops/check.h"
#include "ops/inference_only.h"
#include "ops/partition_regions_ops.h"

namespace gpst::ops {
namespace {

constexpr std::string_view kName = "partition_regions";

}  // namespace

void check_partition_regions(const at::Tensor& grey, int64_t tokens, int64_t minhw,
                             const std::optional<at::Tensor>& bias) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  check_inference_only(kName, {grey});
  check_dimensions(kName, "grey", grey, 3, "[T, H, W]");
  if (grey.scalar_type() != at::kFloat) {
    refuse(kName, fmt::format("grey must be float32, found {}", c10::toString(grey.scalar_type())));
  }
  check_positive(kName, "the height of a tile", grey.size(1));
  check_positive(kName, "the width of a tile", grey.size(2));
  check_positive(kName, "tokens", tokens);
  if (grey.size(1) > kMost / 2 / grey.size(2)) {
    refuse(kName, fmt::format("2 * H * W must fit 31 bits, found 2 * {} * {}", grey.size(1),
                              grey.size(2)));
  }
  if (tokens >= kMost) refuse(kName, fmt::format("tokens must fit 31 bits, found {}", tokens));
  if (minhw < 0 || minhw > kMost) {
    refuse(kName, fmt::format("minhw must be at least 0 and fit 31 bits, found {}", minhw));
  }
  if (!bias) return;
  check_like(kName, "bias", *bias, "grey", grey);
  check_shape(kName, "bias", *bias, grey.sizes());
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> empty_partition(const at::Tensor& grey,
                                                               int64_t tokens,
                                                               bool allow_duplicates) {
  const at::TensorOptions options = grey.options().dtype(at::kInt);
  const int64_t rows = tokens + (allow_duplicates ? 1 : 0);
  return {at::empty({grey.size(0), rows, 4}, options), at::empty({grey.size(0)}, options),
          at::empty({grey.size(0)}, options)};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> partition_regions(
    const at::Tensor& grey, int64_t tokens, int64_t minhw, double exponent, bool width_on_tie,
    bool allow_duplicates, const std::optional<at::Tensor>& bias) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("gpst_ops::partition_regions", "")
                             .typed<decltype(partition_regions)>();
  return op.call(grey, tokens, minhw, exponent, width_on_tie, allow_duplicates, bias);
}

namespace {

std::tuple<at::Tensor, at::Tensor, at::Tensor> partition_regions_meta(
    const at::Tensor& grey, int64_t tokens, int64_t minhw, double /*exponent*/,
    bool /*width_on_tie*/, bool allow_duplicates, const std::optional<at::Tensor>& bias) {
  check_partition_regions(grey, tokens, minhw, bias);
  return empty_partition(grey, tokens, allow_duplicates);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(gpst_ops, m) {
  m.def(
      "partition_regions(Tensor grey, int tokens, int minhw, float exponent, bool width_on_tie, "
      "bool allow_duplicates, Tensor? bias) -> (Tensor, Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(gpst_ops, Meta, m) { m.impl("partition_regions", partition_regions_meta); }

}  // namespace gpst::ops
