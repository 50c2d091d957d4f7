// Loading, placing, and one picture at a time.
#include "tokenizer/tokenizer.h"

#include <ATen/ATen.h>

#include <stdexcept>

#include "base/error.h"
#include "base/log.h"
#include "nn/placed_weights.h"
#include "nn/weights.h"
#include "tokenizer/model.h"
#include "tokenizer/partition_tiles.h"
#include "tokenizer/picture_checks.h"
#include "tokenizer/region_tables.h"

namespace gpst {
namespace {

at::Tensor decode_alone(const TokenizerModel& model, const at::Tensor& tokens /*[n*n,l,5+c]*/,
                        int64_t tiles) {
  const int64_t side = model.options().tile_side();
  const at::Tensor picture = at::empty({3, tiles * side, tiles * side}, tokens.options());
  for (int64_t i = 0; i < tokens.size(0); ++i) {
    const int64_t top = i / tiles * side, left = i % tiles * side;
    picture.slice(1, top, top + side)
        .slice(2, left, left + side)
        .copy_(model.decode_tiles(tokens.slice(0, i, i + 1), 1)[0]);
  }
  return picture;
}

EncodedPicture on_the_host(const EncodedPicture& picture) {
  return {Layout(picture.initial.values().to(at::kCPU)),
          Tokens(picture.tokens.values().to(at::kCPU)), picture.tiles};
}

}  // namespace

Tokenizer Tokenizer::load(const Config& config, const std::string& weights, Log& log) {
  return load(read_tokenizer_options(config), weights, log);
}

Tokenizer Tokenizer::load(const TokenizerOptions& options, const std::string& weights, Log& log) {
  auto model = std::make_shared<TokenizerModel>(options);
  load_weights(*model, SafetensorsFile::open(weights), {.in_file = true}, log);
  return Tokenizer(std::move(model));
}

Tokenizer::Tokenizer(std::shared_ptr<TokenizerModel> model) : model_(std::move(model)) {
  model_->eval();
}

Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

Tokenizer Tokenizer::to(at::Device device, at::ScalarType type) const& {
  return placed(model_, device, type);
}

Tokenizer Tokenizer::to(at::Device device, at::ScalarType type) && {
  return placed(std::move(model_), device, type);
}

Tokenizer Tokenizer::placed(std::shared_ptr<TokenizerModel> plain, at::Device device,
                            at::ScalarType type) {
  check_model_type(type);
  if (plain->is_frozen()) throw std::logic_error("a placed tokenizer cannot be placed again");
  auto model = std::make_shared<TokenizerModel>(plain->options());
  place_weights(*plain, *model, device);
  plain.reset();  // from here on freeze() drops the last of each weight
  model->freeze(type);
  Tokenizer result(std::move(model));
  const TokenizerOptions& options = result.options();
  result.tables_ = std::make_shared<const RegionTables>(static_cast<int>(options.tile_side()),
                                                        options.gps.gps_sigma_init, device);
  return result;
}

const TokenizerOptions& Tokenizer::options() const { return model_->options(); }
at::Device Tokenizer::device() const { return model_->device(); }
at::ScalarType Tokenizer::type() const { return model_->type(); }

std::vector<Partition> Tokenizer::partition(const at::Tensor& picture,
                                            const EncodeOptions& options) const {
  const auto side = static_cast<int>(model_->options().tile_side());
  tiles_along(picture, 3, side);
  const at::Tensor chw = picture.contiguous();  // [3,H,W]
  return partition_picture({chw.const_data_ptr<float>(), static_cast<size_t>(chw.numel())},
                           static_cast<int>(chw.size(2)), static_cast<int>(chw.size(1)), side,
                           partition_options(model_->options().gps, options), options.attention);
}

EncodedPicture Tokenizer::encode(const at::Tensor& picture, const EncodeOptions& options) const {
  tiles_along(picture, 3, model_->options().tile_side());
  const EncodedBatch batch = encode_batch(picture.unsqueeze(0), options);
  batch.check();
  return on_the_host(batch.picture(0));
}

at::Tensor Tokenizer::decode(const Tokens& tokens, int64_t tiles) const {
  const at::NoGradGuard no_grad;
  check_tokens(tokens, tiles, model_->options().gps.gps_c);
  if (tokens.tiles() != tiles * tiles) {
    throw InputError("decode: tokens of several pictures, expected one (decode_batch takes more)");
  }
  const at::Tensor exact = tokens.values().to(device(), at::kFloat);
  const bool alone = tiles > 1 && model_->options().tile_rule() == TileRule::alone;
  if (alone && device().is_cpu()) return decode_alone(*model_, exact, tiles);
  return decode_batch(exact, tiles)[0].to(at::kCPU, at::kFloat).contiguous();
}

}  // namespace gpst
