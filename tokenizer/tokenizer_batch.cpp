// Several pictures in one call, wherever the model is.
#include <ATen/ATen.h>
#include <fmt/core.h>

#include <cmath>

#include "base/error.h"
#include "ops/grey_tiles.h"
#include "tokenizer/model.h"
#include "tokenizer/partition_regions.h"
#include "tokenizer/picture_checks.h"
#include "tokenizer/region_tables.h"
#include "tokenizer/tile_grid.h"
#include "tokenizer/tokenizer.h"

namespace gpst {

EncodedPicture EncodedBatch::picture(int64_t index) const {
  const int64_t count = tiles * tiles;
  return {Layout(initial.values().narrow(0, index * count, count)),
          Tokens(tokens.values().narrow(0, index * count, count)), tiles};
}

void EncodedBatch::check() const {
  if (first_bad.defined()) check_partitioned(first_bad.to(at::kCPU), tile_side, tile_side);
}

bool Tokenizer::cuts_on_device(const at::Tensor& pictures, const EncodeOptions& options) const {
  const double halves = 2 * model_->options().gps.gps_adaptive_w;
  const bool usual_exponent = halves == std::floor(halves) && halves <= 32;
  return tables_ && pictures.device() == device() && usual_exponent && options.attention.empty() &&
         !options.allow_duplicates;
}

EncodedBatch Tokenizer::encode_on_device(const at::Tensor& pictures,
                                         const EncodeOptions& options) const {
  const at::NoGradGuard no_grad;
  const int64_t side = model_->options().tile_side();
  const int64_t tiles = tiles_along(pictures, 4, side);
  const PartitionedTiles found = partition_regions(
      grey_tiles(pictures, side), partition_options(model_->options().gps, options));
  EncodedBatch batch =
      encode_regions(cut_tiles(pictures, tiles), Layout(tables_->gaussians(found.regions)),
                     tables_->boxes(found.regions), tiles);
  batch.first_bad = found.first_bad;
  batch.tile_side = side;
  return batch;
}

EncodedBatch Tokenizer::encode_batch(const at::Tensor& pictures,
                                     const EncodeOptions& options) const {
  tiles_along(pictures, 4, model_->options().tile_side());
  if (cuts_on_device(pictures, options)) return encode_on_device(pictures, options);
  const at::Tensor host = pictures.to(at::kCPU);
  std::vector<std::vector<Partition>> partitions;
  for (int64_t i = 0; i < pictures.size(0); ++i) partitions.push_back(partition(host[i], options));
  return encode_batch(pictures, partitions);
}

EncodedBatch Tokenizer::encode_batch(const at::Tensor& pictures,
                                     std::span<const std::vector<Partition>> partitions) const {
  const auto side = static_cast<int>(model_->options().tile_side());
  const int64_t tiles = tiles_along(pictures, 4, side);
  std::vector<Partition> all;
  for (const std::vector<Partition>& picture : partitions) {
    all.insert(all.end(), picture.begin(), picture.end());
  }
  if (std::ssize(all) != pictures.size(0) * tiles * tiles) {
    throw InputError(fmt::format("encode: partitions of {} tiles for {} pictures of {} tiles each",
                                 all.size(), pictures.size(0), tiles * tiles));
  }
  const Layout initial = initial_gaussians(all, {side, side}, options().gps.gps_sigma_init);
  const at::Tensor regions = region_boxes(all, {side, side});  // [B*n*n,l,4]
  return encode_regions(cut_tiles(pictures.to(device()), tiles),
                        Layout(initial.values().to(device())), regions.to(device()), tiles);
}

EncodedBatch Tokenizer::encode_regions(const at::Tensor& tiles /*[B*n*n,3,S,S]*/, Layout initial,
                                       const at::Tensor& regions /*[B*n*n,l,4]*/,
                                       int64_t along) const {
  const at::NoGradGuard no_grad;
  // On the CPU tile by tile, the smallest unit of work: the same bytes whatever else is encoded.
  const int64_t at_once = device().is_cpu() ? 1 : tiles.size(0);
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < tiles.size(0); first += at_once) {
    const auto part = [&](const at::Tensor& all) { return all.narrow(0, first, at_once); };
    parts.push_back(model_->encode(part(tiles), part(initial.values()), part(regions)));
  }
  Tokens tokens(parts.size() == 1 ? parts.front() : at::cat(parts));
  return {.initial = std::move(initial), .tokens = std::move(tokens), .tiles = along};
}

at::Tensor Tokenizer::decode_batch(const at::Tensor& tokens, int64_t tiles) const {
  const at::NoGradGuard no_grad;
  check_tokens(Tokens(tokens), tiles, model_->options().gps.gps_c);
  if (tiles > 1 && model_->options().tile_rule() == TileRule::alone) {
    return join_tiles(model_->decode_tiles(tokens, 1), tiles);
  }
  return model_->decode_tiles(tokens, tiles);
}

}  // namespace gpst
