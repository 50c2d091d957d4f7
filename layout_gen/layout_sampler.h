// The layout generator for sampling: proposes the Gaussians of a class.
#pragma once

#include <cstdint>
#include <span>

#include "flow/noise_source.h"
#include "flow/sample.h"
#include "layout_gen/layout_options.h"
#include "nn/frozen_sit.h"
#include "tokenizer/layout.h"

namespace gpst {

// A handle: copies share their weights. Const methods may be called from several threads.
class LayoutSampler {
 public:
  // ConfigError for options without statistics.
  LayoutSampler(const LayoutOptions& options, FrozenSit net);

  const LayoutOptions& options() const { return options_; }
  const FrozenSit& net() const { return net_; }
  int64_t tokens() const { return net_.options().latent_size; }

  // One layout per label, as generated: [N,l,5], on the device of the net; the noise may be
  // elsewhere. InputError on a label out of range.
  Layout sample(std::span<const int64_t> labels, NoiseSource& noise,
                const SamplingOptions& options) const;

 private:
  LayoutOptions options_;
  FrozenSit net_;
};

}  // namespace gpst
