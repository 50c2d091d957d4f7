// The encoder: refines the Gaussians of a partition and gives each its features (numerics.md 3).
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <optional>
#include <vector>

#include "nn/prepared_linear.h"
#include "tokenizer/config.h"
#include "tokenizer/freezable.h"
#include "tokenizer/stage_trace.h"

namespace gpst {

class Affine;
class ConvLayer;
class EncoderBlock;
class GeluMlp;
class Holder;
class LearnedVector;
class ResidualBlock;

// Token i looks at its own region through RoIAlign and at the other tokens through attention.
// Sizes: B pictures, l tokens, S side of the picture, Cs stem channels, C width, n blocks,
// r RoI bins a side, c features. Any l is legal. Frozen in bfloat16 the stem and the products of
// the blocks compute in it; initial and refined Gaussians, tokens and both heads stay float32.
class Encoder : public torch::nn::Module, public Freezable {
 public:
  explicit Encoder(const TokenizerOptions& options);

  // pictures [B,3,S,S] in [-1,1], initial Gaussians [B,l,5], regions [B,l,4] (x0,y0,x1,y1 in
  // [-1,1]) -> tokens [B,l,5+c]. Records stem_conv, stem, roialign, init_embed, attn0..,
  // gps_delta, tokens.
  at::Tensor forward(const at::Tensor& pictures, const at::Tensor& initial,
                     const at::Tensor& regions, StageTrace* trace = nullptr) const;

  // The stages of forward.
  at::Tensor stem(const at::Tensor& pictures /*[B,3,S,S]*/,
                  StageTrace* trace = nullptr) const;  // [B,Cs,S',S'], S' = S / stem_downsample
  at::Tensor region_features(const at::Tensor& stem_map /*[B,Cs,S',S']*/,
                             const at::Tensor& regions /*[B,l,4]*/) const;  // [B*l,Cs,r,r]
  // What the n blocks add to the tokens: the 1x1 convolution of the RoIs to C channels and each
  // block's weighting of the bins. Computed bins first, [B*l,C,r*r] is never formed.
  at::Tensor block_features(const at::Tensor& rois /*[B*l,Cs,r,r]*/) const;  // [n,B*l,C]
  // MLP of the initial Gaussians, before the learned vector is added.
  at::Tensor embed(const at::Tensor& initial /*[B,l,5]*/) const;  // [B,l,C]
  // Of the Encoder itself: its layers are frozen by the model, which knows them all.
  void freeze(at::ScalarType type) override;

 private:
  // What block_features takes from the weights.
  struct Mixing {
    at::Tensor bins;      // [n,r*r] weights of the bins
    at::Tensor matrix;    // [C,Cs] of the 1x1 convolution
    at::Tensor constant;  // [n,C] its bias and those of the blocks
  };
  struct Frozen {
    at::Tensor bins;        // [n,r*r]
    PreparedLinear matrix;  // Cs -> C
    at::Tensor constant;    // [n,C]
  };
  Mixing mixing() const;
  at::Tensor boxes_of(const at::Tensor& stem_map, const at::Tensor& regions) const;  // [B*l,4]
  at::Tensor features_of_regions(const at::Tensor& stem_map, const at::Tensor& regions,
                                 StageTrace* trace) const;  // [n,B*l,C]
  // The same from the map itself, the bins mixed while they are taken: [n,B*l,C].
  at::Tensor frozen_features(const at::Tensor& stem_map /*[B,Cs,S',S']*/,
                             const at::Tensor& regions /*[B,l,4]*/) const;

  GpsOptions gps_;
  std::shared_ptr<ConvLayer> stem_conv_;
  std::vector<std::shared_ptr<ResidualBlock>> stem_blocks_;
  std::shared_ptr<ConvLayer> roialign_layer_;
  std::shared_ptr<LearnedVector> gps_embed_;
  std::shared_ptr<GeluMlp> gps_embed_layer_;
  std::vector<std::shared_ptr<EncoderBlock>> attnblocks_;
  std::shared_ptr<Affine> delta_head_, feature_head_;
  std::optional<Frozen> frozen_;
};

// Adds `delta` [...,5] to Gaussians [...,5] in logit space:
//   sigma = sigmoid(logit(sigma0) + delta), logit(s) = -log(1/s - 1)
//   rho, x, y = 2 sigmoid(u + delta) - 1,   u = -log(2/(1 + v0) - 1).
// A sigma of 0 stays 0.
at::Tensor refine_geometry(const at::Tensor& initial, const at::Tensor& delta);

}  // namespace gpst
