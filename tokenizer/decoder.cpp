#include "tokenizer/decoder.h"

#include <ATen/ATen.h>

#include "tokenizer/layers.h"
#include "tokenizer/residual_block.h"
#include "tokenizer/tile_attention.h"
#include "tokenizer/upsample_conv.h"

namespace gpst {
namespace {

std::shared_ptr<ResidualBlock> residual_block(const TokenizerOptions& options, int64_t in,
                                              int64_t out) {
  return std::make_shared<ResidualBlock>(ResidualBlockOptions{
      .in = in, .out = out, .groups = options.gps.norm_groups, .norm = NormKind::tile});
}

}  // namespace

Decoder::Decoder(const TokenizerOptions& options) {
  const int64_t coarsest = options.levels() - 1;
  const int64_t groups = options.gps.norm_groups;
  int64_t channels = options.level_channels(coarsest);

  conv_in_ = register_module("conv_in",
                             std::make_shared<ConvLayer>(options.decoder.z_channels, channels, 3));
  const auto mid = register_module("mid", std::make_shared<Holder>());
  mid_block_1_ = mid->add("block_1", residual_block(options, channels, channels));
  if (options.decoder.mid_attention) {
    mid_attention_ = mid->add("attn_1", std::make_shared<TileAttention>(channels, groups));
  }
  mid_block_2_ = mid->add("block_2", residual_block(options, channels, channels));

  levels_.resize(options.levels());
  const auto up = register_module("up", std::make_shared<Holder>());
  for (int64_t level = coarsest; level >= 0; --level) {
    const auto holder = up->add(std::to_string(level), std::make_shared<Holder>());
    channels = add_level(options, level, channels, *holder);
  }
  norm_out_ =
      register_module("norm_out", std::make_shared<NormLayer>(channels, groups, NormKind::tile));
  conv_out_ =
      register_module("conv_out", std::make_shared<ConvLayer>(channels, options.decoder.out_ch, 3));
}

int64_t Decoder::add_level(const TokenizerOptions& options, int64_t level, int64_t channels,
                           Holder& holder) {
  Level& made = levels_[level];
  const auto blocks = holder.add("block", std::make_shared<Holder>());
  for (int64_t i = 0; i < options.blocks_of_level(level); ++i) {
    const int64_t out = options.level_channels(level);
    made.blocks.push_back(blocks->add(std::to_string(i), residual_block(options, channels, out)));
    channels = out;
  }
  if (level == 0) return channels;
  const int64_t next =
      options.decoder.narrow_upsample ? options.level_channels(level - 1) : channels;
  made.upsample = holder.add("upsample", std::make_shared<UpsampleConv>(channels, next));
  return next;
}

at::Tensor Decoder::middle(at::Tensor x, int64_t tiles, StageTrace* trace) const {
  x = mid_block_1_->forward(x, tiles);
  record(trace, "dec_mid_block1", x);
  if (mid_attention_) x = mid_attention_->forward(x, tiles);
  record(trace, "dec_mid_attn", x);
  x = mid_block_2_->forward(x, tiles);
  record(trace, "dec_mid", x);
  return x;
}

at::Tensor Decoder::forward(const at::Tensor& map, int64_t tiles, StageTrace* trace) const {
  at::Tensor x = conv_in_->forward(format_for_products(map));  // [B,C,h,w]
  record(trace, "dec_conv_in", x);
  x = middle(std::move(x), tiles, trace);
  for (auto level = static_cast<int64_t>(levels_.size()) - 1; level >= 0; --level) {
    for (const auto& block : levels_[level].blocks) x = block->forward(x, tiles);
    if (levels_[level].upsample) x = levels_[level].upsample->forward(x);  // [B,C',2h,2w]
    record(trace, "dec_up" + std::to_string(level), x);
  }
  if (trace != nullptr) record(trace, "dec_norm_out", norm_out_->forward(x, Activation::none));
  x = norm_out_->forward(x, Activation::silu);
  return conv_out_->forward(x);  // [B,3,H,W]
}

at::Tensor Decoder::last_weight() const { return conv_out_->weight(); }

}  // namespace gpst
