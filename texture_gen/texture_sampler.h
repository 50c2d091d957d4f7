// The texture generator for sampling: fills a layout with tokens of a class.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "flow/noise_source.h"
#include "flow/sample.h"
#include "nn/frozen_sit.h"
#include "texture_gen/texture_options.h"
#include "tokenizer/layout.h"
#include "tokenizer/tokens.h"

namespace gpst {

struct CountedTokens {
  Tokens tokens;     // [N,l,5+c]
  int64_t rows = 0;  // that the net computed for them
};

// A handle: copies share their weights. Const methods may be called from several threads.
class TextureSampler {
 public:
  // ConfigError for options without statistics.
  TextureSampler(const TextureOptions& options, FrozenSit net);

  const TextureOptions& options() const { return options_; }
  const FrozenSit& net() const { return net_; }
  // What the net sees of layouts: [N,l,K], where they are.
  at::Tensor condition(const Layout& layouts /* [N,l,5] */) const;

  // Tokens for N layouts with their labels: [N,l,5+c], on the device of the net; layouts and noise
  // may be elsewhere. InputError on a label out of range.
  Tokens sample(const Layout& layouts, std::span<const int64_t> labels, NoiseSource& noise,
                const SamplingOptions& options, const StateObserver& observe = {}) const;
  // The same with the number of rows, which dopri5 chooses on its way.
  CountedTokens sample_counted(const Layout& layouts, std::span<const int64_t> labels,
                               NoiseSource& noise, const SamplingOptions& options,
                               const StateObserver& observe = {}) const;

 private:
  TextureOptions options_;
  FrozenSit net_;
};

}  // namespace gpst
