#include "tokenizer/model.h"

#include <ATen/ATen.h>

#include "ops/render_tiles.h"
#include "tokenizer/freezable.h"
#include "tokenizer/tokens.h"

namespace gpst {
namespace {

TokenizerOptions checked(const TokenizerOptions& options) {
  options.check();
  return options;
}

}  // namespace

TokenizerModel::TokenizerModel(const TokenizerOptions& options)
    : options_(checked(options)),
      encoder_(std::make_shared<Encoder>(options)),
      decoder_(std::make_shared<Decoder>(options)) {
  for (const auto& child : encoder_->named_children()) register_module(child.key(), child.value());
  register_module("decoder", decoder_);
}

at::Tensor TokenizerModel::encode(const at::Tensor& pictures, const at::Tensor& initial,
                                  const at::Tensor& regions) const {
  return encoder_->forward(pictures, initial, regions);
}

RenderOptions TokenizerModel::canvas(int64_t tiles) const {
  return {.height = options_.gps.gps_rs[0],
          .width = options_.gps.gps_rs[1],
          .dmax = options_.gps.gps_dmax,
          .tiles = tiles};
}

at::Tensor TokenizerModel::render(const at::Tensor& tokens, int64_t tiles) const {
  return gpst::render(tokens, canvas(tiles));
}

at::Tensor TokenizerModel::decode(const at::Tensor& tokens, int64_t tiles) const {
  return decoder_->forward(render(tokens, tiles), tiles);
}

at::Device TokenizerModel::device() const { return decoder_->last_weight().device(); }

void TokenizerModel::freeze(at::ScalarType type) {
  encoder_->freeze(type);  // not among modules(): its children are this module's own
  for (const auto& module : modules()) {
    if (auto* layer = dynamic_cast<Freezable*>(module.get())) layer->freeze(type);
  }
  type_ = type;
  frozen_ = true;
}

at::Tensor TokenizerModel::decode_tiles(const at::Tensor& tokens, int64_t n) const {
  if (!frozen_) return decode(merge_tiles(Tokens(tokens), n).values(), n);
  const at::Tensor map =
      render_tiles(tokens, canvas(n), {.dtype = type_, .format = at::MemoryFormat::ChannelsLast});
  return decoder_->forward(map, n);
}

}  // namespace gpst
