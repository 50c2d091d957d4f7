// The layout generator: a small unconditioned SiT that proposes the Gaussians of a class.
// calibration.h turns them into a valid partition.
#pragma once

#include <cstdint>
#include <span>

#include "flow/noise_source.h"
#include "flow/sample.h"
#include "layout_gen/layout_options.h"
#include "nn/frozen_sit.h"
#include "nn/sit.h"
#include "tokenizer/layout.h"

namespace gpst {

class Log;
class SafetensorsFile;

class LayoutModel {
 public:
  // For sampling, with weights; refuses options without statistics (ConfigError) and weights that
  // do not fit (InputError).
  static LayoutModel load(const LayoutOptions& options, const SafetensorsFile& weights, Log& log);

  // For training, with the weights of `seed`.
  static LayoutModel fresh(const LayoutOptions& options, uint64_t seed);

  // A copy whose sample() runs on `device` in `type` (Sit::to), whatever the solver.
  LayoutModel to(at::Device device, at::ScalarType type) const;
  // The net for batches on fixed buffers.
  FrozenSit frozen(at::Device device, at::ScalarType type) const {
    return FrozenSit(net_, device, type);
  }

  const LayoutOptions& options() const { return options_; }
  const Sit& net() const { return net_; }
  int64_t tokens() const { return net_.options().latent_size; }

  at::Tensor forward(const at::Tensor& x /* [B,5,l,1] */, const at::Tensor& t /* [B] */,
                     const at::Tensor& y /* [B] int64 */) const;

  // One layout per label, as generated: [N,l,5], on the device of the net; the noise may be
  // elsewhere. InputError on a label out of range.
  Layout sample(std::span<const int64_t> labels, NoiseSource& noise,
                const SamplingOptions& options) const;

 private:
  explicit LayoutModel(const LayoutOptions& options);

  LayoutOptions options_;
  Sit net_;
};

}  // namespace gpst
