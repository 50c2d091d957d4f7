#include "tokenizer/tokenizer.h"

#include <ATen/ATen.h>
#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "nn/weights.h"
#include "tokenizer/model.h"
#include "tokenizer/partition_setup.h"
#include "tokenizer/partition_tiles.h"

namespace gpst {
namespace {

std::string shape_text(const at::Tensor& tensor) {
  std::string text = "[";
  for (const int64_t size : tensor.sizes()) {
    text += fmt::format("{}{}", text.size() > 1 ? "," : "", size);
  }
  return text + "]";
}

// How many tiles lie along a side of the picture.
int64_t tiles_along(const at::Tensor& picture, int64_t side) {
  const bool fits = picture.dim() == 3 && picture.size(0) == 3 &&
                    picture.size(1) == picture.size(2) && picture.size(1) > 0 &&
                    picture.size(1) % side == 0;
  if (!fits || picture.scalar_type() != at::kFloat) {
    throw InputError(fmt::format(
        "this tokenizer takes float32 pictures [3,n*{0},n*{0}], found {1} of type {2}: resize and "
        "crop to a square whose side is a multiple of {0}",
        side, shape_text(picture), at::toString(picture.scalar_type())));
  }
  return picture.size(1) / side;
}

PartitionOptions partition_options(const GpsOptions& gps, const EncodeOptions& options) {
  PartitionOptions partition = partition_options(gps);
  partition.tokens = static_cast<int>(options.tokens.value_or(gps.gps_num));
  partition.allow_duplicates = options.allow_duplicates;
  return partition;
}

// Tile number `index` in row-major order: [1,3,S,S].
at::Tensor cut_tile(const at::Tensor& picture, int64_t index, int64_t tiles, int64_t side) {
  const int64_t top = index / tiles * side, left = index % tiles * side;
  return picture.slice(1, top, top + side).slice(2, left, left + side).unsqueeze(0).contiguous();
}

void check_tokens(const Tokens& tokens, int64_t tiles, int64_t channels) {
  if (tiles < 1 || tokens.tiles() != tiles * tiles || tokens.channels() != channels) {
    throw InputError(fmt::format(
        "cannot decode tokens {}: expected {} tiles ({} along a side) of tokens with {} features; "
        "were they made by another tokenizer?",
        shape_text(tokens.values()), tiles * tiles, tiles, channels));
  }
}

at::Tensor decode_alone(const TokenizerModel& model, const at::Tensor& tokens /*[n*n,l,5+c]*/,
                        int64_t tiles) {
  const int64_t side = model.options().tile_side();
  const at::Tensor picture = at::empty({3, tiles * side, tiles * side}, at::kFloat);
  for (int64_t i = 0; i < tokens.size(0); ++i) {
    const int64_t top = i / tiles * side, left = i % tiles * side;
    picture.slice(1, top, top + side)
        .slice(2, left, left + side)
        .copy_(model.decode(tokens.slice(0, i, i + 1))[0]);
  }
  return picture;
}

}  // namespace

Tokenizer Tokenizer::load(const Config& config, const std::string& weights, Log& log) {
  return load(read_tokenizer_options(config), weights, log);
}

Tokenizer Tokenizer::load(const TokenizerOptions& options, const std::string& weights, Log& log) {
  auto model = std::make_shared<TokenizerModel>(options);
  load_weights(*model, SafetensorsFile::open(weights), {}, log);
  return Tokenizer(std::move(model));
}

Tokenizer::Tokenizer(std::shared_ptr<TokenizerModel> model) : model_(std::move(model)) {
  model_->eval();
}

Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

const TokenizerOptions& Tokenizer::options() const { return model_->options(); }

std::vector<Partition> Tokenizer::partition(const at::Tensor& picture,
                                            const EncodeOptions& options) const {
  const auto side = static_cast<int>(model_->options().tile_side());
  tiles_along(picture, side);
  const at::Tensor chw = picture.contiguous();  // [3,H,W]
  return partition_picture({chw.const_data_ptr<float>(), static_cast<size_t>(chw.numel())},
                           static_cast<int>(chw.size(2)), static_cast<int>(chw.size(1)), side,
                           partition_options(model_->options().gps, options), options.attention);
}

EncodedPicture Tokenizer::encode(const at::Tensor& picture, const EncodeOptions& options) const {
  const at::NoGradGuard no_grad;
  const GpsOptions& gps = model_->options().gps;
  const auto side = static_cast<int>(model_->options().tile_side());
  const std::vector<Partition> partitions = partition(picture, options);
  const int64_t tiles = tiles_along(picture, side);
  const at::Tensor chw = picture.contiguous();  // [3,H,W]
  const Layout initial = initial_gaussians(partitions, {side, side}, gps.gps_sigma_init);
  const at::Tensor regions = region_boxes(partitions, {side, side});  // [n*n,l,4]
  std::vector<at::Tensor> tokens;
  for (int64_t i = 0; i < tiles * tiles; ++i) {
    tokens.push_back(model_->encode(cut_tile(chw, i, tiles, side),
                                    initial.values().slice(0, i, i + 1),
                                    regions.slice(0, i, i + 1)));  // [1,l,5+c]
  }
  return {initial, Tokens(at::cat(tokens)), tiles};
}

at::Tensor Tokenizer::decode(const Tokens& tokens, int64_t tiles) const {
  const at::NoGradGuard no_grad;
  check_tokens(tokens, tiles, model_->options().gps.gps_c);
  const Tokens exact(tokens.values().to(at::kFloat));
  if (tiles > 1 && model_->options().tile_rule() == TileRule::alone) {
    return decode_alone(*model_, exact.values(), tiles);
  }
  return model_->decode(merge_tiles(exact, tiles).values(), tiles)[0];
}

}  // namespace gpst
