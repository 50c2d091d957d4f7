#include "tokenizer/partition_regions.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/library.h>

#include <cmath>
#include <limits>
#include <span>

#include "base/error.h"
#include "ops/partition_regions_ops.h"
#include "tokenizer/region_complexity.h"

namespace gpst {
namespace {

using Floats = std::span<const float>;

// The place of the first value that partition_tile refuses, -1 without one.
int32_t first_refused(Floats grey, Floats bias) {
  const auto place = [](Floats values, float limit) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (!(std::abs(values[i]) <= limit)) return static_cast<int32_t>(i);
    }
    return int32_t{-1};
  };
  const int32_t in_grey = place(grey, kLargestGrey);
  if (in_grey >= 0) return in_grey;
  const int32_t in_bias = place(bias, std::numeric_limits<float>::max());
  return in_bias < 0 ? -1 : in_bias + static_cast<int32_t>(grey.size());
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> partition_regions_cpu(
    const at::Tensor& grey_in, int64_t tokens, int64_t minhw, double exponent, bool width_on_tie,
    bool allow_duplicates, const std::optional<at::Tensor>& bias_in) {
  ops::check_partition_regions(grey_in, tokens, minhw, bias_in);
  const at::Tensor grey = grey_in.contiguous();                            // [T,H,W]
  const at::Tensor bias = bias_in ? bias_in->contiguous() : at::Tensor();  // [T,H,W]
  const PartitionOptions options = {
      .tokens = static_cast<int>(tokens),
      .minhw = static_cast<int>(minhw),
      .exponent = exponent,
      .square_tie = width_on_tie ? SquareTie::width : SquareTie::height,
      .allow_duplicates = allow_duplicates};
  const auto height = static_cast<int>(grey.size(1)), width = static_cast<int>(grey.size(2));
  const auto pixels = static_cast<size_t>(grey.size(1) * grey.size(2));
  auto [regions, counts, first_bad] = ops::empty_partition(grey, tokens, allow_duplicates);
  regions.zero_();
  const float* source = grey.const_data_ptr<float>();
  const float* weights = bias_in ? bias.const_data_ptr<float>() : nullptr;
  int32_t* bounds = regions.mutable_data_ptr<int32_t>();
  int32_t* count = counts.mutable_data_ptr<int32_t>();
  int32_t* bad = first_bad.mutable_data_ptr<int32_t>();
  const int64_t row_values = regions.size(1) * 4;
  at::parallel_for(0, grey.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      const Floats tile(source + static_cast<size_t>(t) * pixels, pixels);
      const Floats tile_weights =
          weights == nullptr ? Floats() : Floats(weights + static_cast<size_t>(t) * pixels, pixels);
      bad[t] = first_refused(tile, tile_weights);
      count[t] = 0;
      if (bad[t] >= 0) continue;
      int32_t* out = bounds + t * row_values;
      for (const Region& r : partition_tile(tile, width, height, options, tile_weights).regions) {
        for (const int bound : {r.x0, r.y0, r.x1, r.y1}) *out++ = bound;
        ++count[t];
      }
    }
  });
  return {regions, counts, first_bad};
}

}  // namespace

PartitionedTiles partition_regions(const at::Tensor& grey, const PartitionOptions& options,
                                   const at::Tensor& bias) {
  auto [regions, counts, first_bad] = ops::partition_regions(
      grey, options.tokens, options.minhw, options.exponent, options.square_tie == SquareTie::width,
      options.allow_duplicates, bias.defined() ? std::optional(bias) : std::nullopt);
  return {.regions = regions, .counts = counts, .first_bad = first_bad};
}

void check_partitioned(const at::Tensor& first_bad, int64_t width, int64_t height) {
  const int32_t* place = first_bad.const_data_ptr<int32_t>();
  for (int64_t t = 0; t < first_bad.size(0); ++t) {
    if (place[t] < 0) continue;
    const int64_t pixel = place[t] % (width * height);
    throw InputError(fmt::format(
        "partition: the {} of tile {} holds a value that is not finite{} at pixel x={}, y={}",
        place[t] < width * height ? "grey picture" : "bias map", t,
        place[t] < width * height ? " or far outside [-1,1]" : "", pixel % width, pixel / width));
  }
}

// Beside the function that every caller uses, so that a static library keeps it.
TORCH_LIBRARY_IMPL(gpst_ops, CPU, m) { m.impl("partition_regions", partition_regions_cpu); }

}  // namespace gpst
