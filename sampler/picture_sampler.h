// The two-stage sampler: class -> layout -> tokens -> picture.
#pragma once

#include <cstdint>
#include <memory>

#include "flow/options.h"
#include "image/picture8.h"
#include "image/preprocess.h"
#include "sampler/layout_source.h"
#include "texture_gen/texture_sampler.h"
#include "tokenizer/tokenizer.h"

namespace gpst {

struct PictureSamplerOptions {
  SamplingOptions sampling;
  uint64_t texture_seed = 0;
  Rounding rounding = Rounding::truncate;
};

struct SampledPicture {
  Picture8 picture;        // side of the tokenizer's tile
  int64_t model_rows = 0;  // of the texture net, computed for it
};

// One picture at a time with one row a class and one without: the unit of work that makes bytes
// independent of batch size, threads, shards and neighbours. Thread-safe; holds frozen weights.
class PictureSampler {
 public:
  // All parts placed on one device. ConfigError when they do not fit together (channels of the
  // tokens).
  PictureSampler(Tokenizer tokenizer, TextureSampler texture, std::unique_ptr<LayoutSource> layouts,
                 const PictureSamplerOptions& options);

  Tokens tokens(const SampleItem& item) const;  // [1,l,5+c]
  SampledPicture sampled(const SampleItem& item) const;
  Picture8 picture(const SampleItem& item) const { return sampled(item).picture; }

  // The parts, for a sampler of batches.
  const Tokenizer& tokenizer() const { return tokenizer_; }
  const TextureSampler& texture() const { return texture_; }
  const LayoutSource& layouts() const { return *layouts_; }
  const PictureSamplerOptions& options() const { return options_; }

 private:
  CountedTokens counted_tokens(const SampleItem& item) const;

  Tokenizer tokenizer_;
  TextureSampler texture_;
  std::unique_ptr<LayoutSource> layouts_;
  PictureSamplerOptions options_;
};

}  // namespace gpst
