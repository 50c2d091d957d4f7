// The texture generator: a conditioned SiT that fills a layout with tokens of a class.
#pragma once

#include <cstdint>
#include <span>

#include "flow/noise_source.h"
#include "flow/sample.h"
#include "nn/frozen_sit.h"
#include "nn/sit.h"
#include "texture_gen/texture_options.h"
#include "tokenizer/layout.h"
#include "tokenizer/tokens.h"

namespace gpst {

class Log;
class SafetensorsFile;

struct CountedTokens {
  Tokens tokens;     // [N,l,5+c]
  int64_t rows = 0;  // that the net computed for them
};

class TextureModel {
 public:
  // For sampling, with weights; refuses options without statistics (ConfigError) and weights that
  // do not fit (InputError).
  static TextureModel load(const TextureOptions& options, const SafetensorsFile& weights, Log& log);

  // For training, with the weights of `seed`.
  static TextureModel fresh(const TextureOptions& options, uint64_t seed);

  // A copy whose sample() runs on `device` in `type` (Sit::to), whatever the solver.
  TextureModel to(at::Device device, at::ScalarType type) const;
  // The net for batches on fixed buffers; its condition is that of condition().
  FrozenSit frozen(at::Device device, at::ScalarType type) const {
    return FrozenSit(net_, device, type);
  }

  const TextureOptions& options() const { return options_; }
  const Sit& net() const { return net_; }
  // What the net sees of layouts: [N,l,K], where they are.
  at::Tensor condition(const Layout& layouts /* [N,l,5] */) const;

  // Velocity (or what the net predicts) for training; `condition` is geometry, encoded here.
  at::Tensor forward(const at::Tensor& x /* [B,5+c,l,1] */, const at::Tensor& t /* [B] */,
                     const at::Tensor& y /* [B] int64 */,
                     const at::Tensor& condition /* [B,l,5] */) const;

  // Tokens for N layouts with their labels: [N,l,5+c], on the device of the net; layouts and noise
  // may be elsewhere. InputError on a label out of range.
  Tokens sample(const Layout& layouts, std::span<const int64_t> labels, NoiseSource& noise,
                const SamplingOptions& options, const StateObserver& observe = {}) const;
  // The same with the number of rows, which dopri5 chooses on its way.
  CountedTokens sample_counted(const Layout& layouts, std::span<const int64_t> labels,
                               NoiseSource& noise, const SamplingOptions& options,
                               const StateObserver& observe = {}) const;

 private:
  explicit TextureModel(const TextureOptions& options);

  TextureOptions options_;
  Sit net_;
};

}  // namespace gpst
