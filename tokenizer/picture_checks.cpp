#include "tokenizer/picture_checks.h"

#include <ATen/ATen.h>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "tokenizer/partition_setup.h"

namespace gpst {
namespace {

std::string shape_text(const at::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes(), ","));
}

}  // namespace

int64_t tiles_along(const at::Tensor& pictures, int64_t dimensions, int64_t side) {
  const bool fits = pictures.dim() == dimensions && pictures.size(-3) == 3 &&
                    pictures.size(-2) == pictures.size(-1) && pictures.size(-1) > 0 &&
                    pictures.size(-1) % side == 0;
  if (!fits || pictures.scalar_type() != at::kFloat) {
    throw InputError(fmt::format(
        "this tokenizer takes float32 pictures [{3}3,n*{0},n*{0}], found {1} of type {2}: resize "
        "and crop to a square whose side is a multiple of {0}",
        side, shape_text(pictures), at::toString(pictures.scalar_type()),
        dimensions == 4 ? "B," : ""));
  }
  return pictures.size(-1) / side;
}

void check_tokens(const Tokens& tokens, int64_t tiles, int64_t channels) {
  if (tiles < 1 || tokens.tiles() == 0 || tokens.tiles() % (tiles * tiles) != 0 ||
      tokens.channels() != channels) {
    throw InputError(fmt::format(
        "cannot decode tokens {}: expected {} tiles ({} along a side) a picture, of tokens with {} "
        "features; were they made by another tokenizer?",
        shape_text(tokens.values()), tiles * tiles, tiles, channels));
  }
}

PartitionOptions partition_options(const GpsOptions& gps, const EncodeOptions& options) {
  PartitionOptions partition = partition_options(gps);
  partition.tokens = static_cast<int>(options.tokens.value_or(gps.gps_num));
  partition.allow_duplicates = options.allow_duplicates;
  return partition;
}

}  // namespace gpst
