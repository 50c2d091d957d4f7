// The dispatcher's view of the partition. Callers use tokenizer/partition_regions.h; the CPU's
// implementation is in tokenizer/ too, beside the partition itself.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <tuple>

namespace gpst::ops {

// gpst_ops::partition_regions: grey [T, H, W] -> regions [T, rows, 4] int32, counts [T] int32,
// first_bad [T] int32; rows = tokens, with duplicates tokens + 1
std::tuple<at::Tensor, at::Tensor, at::Tensor> partition_regions(
    const at::Tensor& grey, int64_t tokens, int64_t minhw, double exponent, bool width_on_tie,
    bool allow_duplicates, const std::optional<at::Tensor>& bias);

// Shared by all backends.
void check_partition_regions(const at::Tensor& grey, int64_t tokens, int64_t minhw,
                             const std::optional<at::Tensor>& bias);
std::tuple<at::Tensor, at::Tensor, at::Tensor> empty_partition(const at::Tensor& grey,
                                                               int64_t tokens,
                                                               bool allow_duplicates);

}  // namespace gpst::ops
