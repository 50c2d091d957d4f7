// The modules of a SiT, registered under the published names (numerics.md 6). Behind sit.h.
#pragma once

#include <memory>
#include <vector>

#include "nn/activation_checkpointing.h"
#include "nn/affine.h"
#include "nn/sit.h"

namespace gpst {

// linear(silu(linear(x))) under the names 0 and 2.
class SiluMlp : public torch::nn::Module {
 public:
  SiluMlp(int64_t in, int64_t hidden);
  at::Tensor forward(const at::Tensor& x) const;

  std::shared_ptr<Affine> first, second;
};

// linear(silu(c)) under the name 1: the shifts, scales and gates of a layer.
class Modulation : public torch::nn::Module {
 public:
  Modulation(int64_t hidden, int64_t parts);
  // Each of `parts` tensors [N,D] float32.
  std::vector<at::Tensor> forward(const at::Tensor& c /* [N,D] */) const;

  std::shared_ptr<Affine> linear;

 private:
  int64_t parts_;
};

class SitBlock : public torch::nn::Module, public RecomputedBlock {
 public:
  SitBlock(int64_t hidden, int64_t heads, int64_t mlp_hidden);
  at::Tensor forward(const at::Tensor& x /* [N,l,D] */, const at::Tensor& c /* [N,D] */) const;

  std::shared_ptr<Affine> qkv, proj, fc1, fc2;
  std::shared_ptr<Modulation> modulation;

 private:
  at::Tensor compute(at::Tensor x, const at::Tensor& c) const;

  int64_t heads_;
};

class SitFinalLayer : public torch::nn::Module {
 public:
  SitFinalLayer(int64_t hidden, int64_t channels);
  at::Tensor forward(const at::Tensor& x /* [N,l,D] */, const at::Tensor& c /* [N,D] */) const;

  std::shared_ptr<Affine> linear;
  std::shared_ptr<Modulation> modulation;
};

class SitModule : public torch::nn::Module {
 public:
  SitModule(const SitOptions& resolved, int64_t condition_channels);

  at::Tensor embed_tokens(const at::Tensor& x /* [N,C,l,1] */) const;           // [N,l,D]
  at::Tensor embed_condition(const at::Tensor& condition /* [N,l,K] */) const;  // [N,l,D]
  at::Tensor embed_time(const at::Tensor& t /* [N] */) const;                   // [N,D]
  at::Tensor embed_labels(const at::Tensor& y /* [N] */) const;                 // [N,D]
  at::Tensor positions(int64_t tokens) const;                                   // [1,l,D]
  // Blocks and final layer: [N,C,l,1].
  at::Tensor velocity(at::Tensor tokens /* [N,l,D] */, const at::Tensor& c /* [N,D] */) const;

  const SitOptions options;
  const int64_t condition_channels;
  at::Tensor patch_weight;  // x_embedder.proj.weight [D,C,1,1]
  at::Tensor patch_bias;    // x_embedder.proj.bias [D]
  at::Tensor pos_embed;     // [1,latent_size,D]
  at::Tensor label_table;   // y_embedder.embedding_table.weight [num_classes+1,D]
  std::shared_ptr<SiluMlp> time_mlp, condition_mlp;  // condition_mlp: null without condition
  std::vector<std::shared_ptr<SitBlock>> blocks;
  std::shared_ptr<SitFinalLayer> final_layer;
};

// cos, then sin of t exp(-ln(10000) k / 128), k = 0..127: [N,256].
at::Tensor time_frequencies(const at::Tensor& t /* [N] */);

}  // namespace gpst
