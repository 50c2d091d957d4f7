#include "tokenizer/encoder.h"

#include <ATen/ATen.h>

#include "ops/roi_align.h"
#include "ops/roi_bins.h"
#include "ops/token_columns.h"
#include "tokenizer/encoder_block.h"
#include "tokenizer/layers.h"
#include "tokenizer/residual_block.h"

namespace gpst {
namespace {

constexpr int64_t kUnusedTimeChannels = 512;
constexpr int64_t kStemBlocks = 2;

}  // namespace

// What every token starts as. State: weight [1,C].
class LearnedVector : public torch::nn::Module {
 public:
  explicit LearnedVector(int64_t width)
      : weight_(register_parameter("weight", at::empty({1, width}))) {}
  const at::Tensor& weight() const { return weight_; }

 private:
  at::Tensor weight_;  // [1,C]
};

Encoder::Encoder(const TokenizerOptions& options) : gps_(options.gps) {
  const int64_t width = gps_.gpsenc_c;
  const int64_t stem = gps_.stem_channels;
  const int64_t seen = options.decoder.in_channels * gps_.stem_downsample * gps_.stem_downsample;

  const auto preprocess = register_module("preprocess_img", std::make_shared<Holder>());
  stem_conv_ = preprocess->add("0", std::make_shared<ConvLayer>(seen, stem, 3));
  for (int64_t i = 1; i <= kStemBlocks; ++i) {
    const ResidualBlockOptions block{
        .in = stem,
        .out = stem,
        .groups = gps_.norm_groups,
        .norm = NormKind::group,
        .time_channels = gps_.stem_time_projection ? kUnusedTimeChannels : 0};
    stem_blocks_.push_back(
        preprocess->add(std::to_string(i), std::make_shared<ResidualBlock>(block)));
  }
  roialign_layer_ = register_module("roialign_layer", std::make_shared<ConvLayer>(stem, width, 1));
  gps_embed_ = register_module("gps_embed", std::make_shared<LearnedVector>(width));
  gps_embed_layer_ =
      register_module("gps_embed_layer", std::make_shared<GeluMlp>(kGeometry, width, width));
  const auto blocks = register_module("attnblocks", std::make_shared<Holder>());
  for (int64_t i = 0; i < gps_.gpsenc_n; ++i) {
    attnblocks_.push_back(blocks->add(
        std::to_string(i),
        std::make_shared<EncoderBlock>(width, gps_.gpsenc_heads, gps_.rois * gps_.rois)));
  }
  const auto heads = register_module("to_gps", std::make_shared<Holder>());
  delta_head_ = heads->add("0", std::make_shared<Affine>(width, kGeometry));
  feature_head_ = heads->add("1", std::make_shared<Affine>(width, gps_.gps_c));
}

at::Tensor Encoder::stem(const at::Tensor& pictures, StageTrace* trace) const {
  const int64_t k = gps_.stem_downsample;
  at::Tensor map = k == 1 ? pictures : at::pixel_unshuffle(pictures, k);  // [B,3*k*k,S/k,S/k]
  if (frozen_) {
    map = map.to(frozen_->matrix.type(), /*non_blocking=*/false, /*copy=*/false,
                 at::MemoryFormat::ChannelsLast);
  }
  map = stem_conv_->forward(format_for_products(map));  // [B,Cs,S/k,S/k]
  record(trace, "stem_conv", map);
  for (const auto& block : stem_blocks_) map = block->forward(map);
  record(trace, "stem", map);
  return map;
}

// [-1,1] to pixels of the map: (S'-1) * (r+1) / 2.
at::Tensor Encoder::boxes_of(const at::Tensor& stem_map, const at::Tensor& regions) const {
  return (regions.detach() + 1)
      .mul_(static_cast<double>(stem_map.size(3) - 1))
      .div_(2)
      .view({-1, 4});
}

at::Tensor Encoder::region_features(const at::Tensor& stem_map, const at::Tensor& regions) const {
  return roi_align(stem_map, boxes_of(stem_map, regions), regions.size(1), gps_.rois);
}

// sum_k m_k (W R_k + b) + o = W (sum_k m_k R_k) + b sum_k m_k + o
Encoder::Mixing Encoder::mixing() const {
  std::vector<at::Tensor> weights, biases;
  for (const auto& block : attnblocks_) {
    weights.push_back(block->bin_weights().weight);  // [1,r*r]
    biases.push_back(block->bin_weights().bias);     // [1]
  }
  const at::Tensor bins = at::cat(weights);                // [n,r*r]
  const at::Tensor offset = at::cat(biases).unsqueeze(1);  // [n,1]
  return {bins, roialign_layer_->matrix(),
          bins.sum(1, /*keepdim=*/true) * roialign_layer_->bias() + offset};
}

at::Tensor Encoder::block_features(const at::Tensor& rois) const {
  const Mixing mix = mixing();
  const int64_t blocks = mix.bins.size(0), stem = rois.size(1);
  const at::Tensor mixed =
      at::mm(mix.bins, rois.reshape({-1, mix.bins.size(1)}).t());                // [n,B*l*Cs]
  const at::Tensor features = at::mm(mixed.view({-1, stem}), mix.matrix.t());    // [n*B*l,C]
  return features.view({blocks, rois.size(0), -1}) + mix.constant.unsqueeze(1);  // [n,B*l,C]
}

at::Tensor Encoder::frozen_features(const at::Tensor& stem_map, const at::Tensor& regions) const {
  const at::Tensor mixed = roi_bins(stem_map, boxes_of(stem_map, regions), regions.size(1),
                                    frozen_->bins);  // [n,B*l,Cs]
  return frozen_->matrix(mixed).add_(frozen_->constant.unsqueeze(1));
}

void Encoder::freeze(at::ScalarType type) {
  const at::NoGradGuard no_grad;
  const Mixing exact = mixing();
  frozen_ = {exact.bins, PreparedLinear(exact.matrix, {}, type), exact.constant};
  roialign_layer_->drop_weights();
  gps_embed_layer_->freeze(at::kFloat);
}

at::Tensor Encoder::features_of_regions(const at::Tensor& stem_map, const at::Tensor& regions,
                                        StageTrace* trace) const {
  if (frozen_) return frozen_features(stem_map, regions);
  const at::Tensor rois = region_features(stem_map, regions);  // [B*l,Cs,r,r]
  record(trace, "roialign", rois);
  return block_features(rois);
}

at::Tensor Encoder::embed(const at::Tensor& initial) const {
  return gps_embed_layer_->forward(initial);
}

at::Tensor Encoder::forward(const at::Tensor& pictures, const at::Tensor& initial,
                            const at::Tensor& regions, StageTrace* trace) const {
  const at::Tensor features = features_of_regions(stem(pictures, trace), regions, trace);
  at::Tensor x = embed(initial);  // [B,l,C]
  record(trace, "init_embed", x);
  x = x + gps_embed_->weight();
  for (size_t i = 0; i < attnblocks_.size(); ++i) {
    x = attnblocks_[i]->forward(x, features[static_cast<int64_t>(i)].view_as(x));
    record(trace, "attn" + std::to_string(i), x);
  }
  const at::Tensor delta = delta_head_->forward(x);  // [B,l,5]
  record(trace, "gps_delta", delta);
  const at::Tensor tokens =
      at::cat({refine_geometry(initial, delta), feature_head_->forward(x)}, -1);  // [B,l,5+c]
  record(trace, "tokens", tokens);
  return tokens;
}

at::Tensor refine_geometry(const at::Tensor& initial, const at::Tensor& delta) {
  const at::Tensor sigma0 = initial.slice(-1, kSigmaX, kRho);                        // [...,2]
  const at::Tensor v0 = initial.slice(-1, kRho, kGeometry);                          // [...,3]
  const at::Tensor d_sigma = delta.slice(-1, kSigmaX, kRho);                         // [...,2]
  const at::Tensor d_v = delta.slice(-1, kRho, kGeometry);                           // [...,3]
  const at::Tensor logit = -at::log(1 / sigma0 - 1);                                 // [...,2]
  const at::Tensor u = -at::log(2 / (1 + v0) - 1);                                   // [...,3]
  return at::cat({at::sigmoid(logit + d_sigma), 2 * at::sigmoid(u + d_v) - 1}, -1);  // [...,5]
}

}  // namespace gpst
