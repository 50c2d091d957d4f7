// Encoder and decoder as one module, whose state has the published key names.
#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "ops/render.h"
#include "tokenizer/config.h"
#include "tokenizer/decoder.h"
#include "tokenizer/encoder.h"

namespace gpst {

// The encoder's keys stand at the top (`preprocess_img.0.weight`, `attnblocks.3.ln1.bias`, ...),
// the decoder's under `decoder.`.
class TokenizerModel : public torch::nn::Module {
 public:
  // No weight is set until loaded (nn/weights.h) or drawn (initialise). ConfigError as
  // TokenizerOptions::check.
  explicit TokenizerModel(const TokenizerOptions& options);

  // encoder().forward: pictures [B,3,S,S], initial [B,l,5], regions [B,l,4] -> [B,l,5+c].
  at::Tensor encode(const at::Tensor& pictures, const at::Tensor& initial,
                    const at::Tensor& regions) const;
  // Splatting of tokens [B,l,5+c] (of `tiles` x `tiles` merged tiles) -> [B,c,tiles*h,tiles*w].
  at::Tensor render(const at::Tensor& tokens, int64_t tiles = 1) const;
  // The type of the maps: float32 until frozen.
  at::ScalarType type() const { return type_; }
  at::Device device() const;
  // Prepares all layers for inference (freezable.h): no gradients afterwards. Once.
  void freeze(at::ScalarType type);
  bool is_frozen() const { return frozen_; }
  // Tokens [B*n*n,l,5+c] of pictures of n x n tiles, not merged -> [B,3,n*S,n*S]: all tiles on one
  // canvas. Frozen: in type(), channels-last.
  at::Tensor decode_tiles(const at::Tensor& tokens, int64_t n) const;
  // render, then decoder().forward -> [B,3,tiles*S,tiles*S].
  at::Tensor decode(const at::Tensor& tokens, int64_t tiles = 1) const;

  const Encoder& encoder() const { return *encoder_; }
  const Decoder& decoder() const { return *decoder_; }
  const TokenizerOptions& options() const { return options_; }

 private:
  RenderOptions canvas(int64_t tiles) const;

  TokenizerOptions options_;
  at::ScalarType type_ = at::kFloat;
  bool frozen_ = false;
  std::shared_ptr<Encoder> encoder_;
  std::shared_ptr<Decoder> decoder_;
};

// Weights as at the start of training, reproducible from `seed`: convolutions and linear layers
// uniform in +-1/sqrt(fan in) (packed attention projections Xavier), norms 1 and 0, the learned
// vector normal, the head of the geometry zero, so that training starts from the partition itself.
void initialise(TokenizerModel& model, uint64_t seed);

}  // namespace gpst
