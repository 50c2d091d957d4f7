// A sampler of random weights with the tiny models.
#pragma once

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "layout_gen/layout_model.h"
#include "sampler/model_place.h"
#include "sampler/picture_sampler.h"
#include "tests/support/tiny_generators.h"
#include "texture_gen/texture_model.h"
#include "tokenizer/model.h"

namespace gpst {

inline void randomise(torch::nn::Module& model, int seed) {
  at::manual_seed(seed);
  const at::NoGradGuard no_gradients;
  for (at::Tensor& parameter : model.parameters()) parameter.normal_(0, 0.1);
}

inline Tokenizer tiny_tokenizer(const ModelPlace& place = {}) {
  auto model = std::make_shared<TokenizerModel>(tiny_tokenizer_options());
  randomise(*model, 1);
  return Tokenizer(std::move(model)).to(place.device, place.type);
}

// The published solver, with its noise of every step, in few steps.
inline SamplingOptions tiny_sampling() {
  SamplingOptions sampling;
  sampling.steps = 6;
  return sampling;
}

inline TextureSampler tiny_texture(const ModelPlace& place = {},
                                   const TextureOptions& options = tiny_texture_options()) {
  const TextureModel model = TextureModel::fresh(options, 2);
  randomise(model.net().module(), 3);
  return model.frozen(place.device, place.type);
}

inline PictureSampler tiny_sampler(uint64_t seed, const SamplingOptions& sampling = tiny_sampling(),
                                   const ModelPlace& place = {}) {
  auto layouts = std::make_unique<GeneratedLayouts>(
      LayoutModel::fresh(tiny_layout_options(), 4).frozen(place.device, at::kFloat),
      CalibrationOptions{.side = 32, .minhw = 4}, SigmaInit::code, seed);
  return PictureSampler(tiny_tokenizer(place), tiny_texture(place), std::move(layouts),
                        {.sampling = sampling, .texture_seed = seed});
}

}  // namespace gpst
