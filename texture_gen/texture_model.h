// The texture generator with its weights: a conditioned SiT. texture_sampler.h makes tokens with
// it.
#pragma once

#include <cstdint>
#include <utility>

#include "nn/sit.h"
#include "texture_gen/texture_options.h"
#include "texture_gen/texture_sampler.h"

namespace gpst {

class Log;
class SafetensorsFile;

class TextureModel {
 public:
  // For sampling only, with weights; refuses options without statistics (ConfigError) and weights
  // that do not fit (InputError).
  static TextureModel load(const TextureOptions& options, const SafetensorsFile& weights, Log& log);

  // For training, with the weights of `seed`.
  static TextureModel fresh(const TextureOptions& options, uint64_t seed);

  // A copy for sampling whose weights lie on `device` and compute in `type`. ConfigError for
  // options without statistics, DeviceError as ops/device.h.
  TextureSampler frozen(at::Device device, at::ScalarType type) const& {
    return TextureSampler(options_, FrozenSit(net_, device, type));
  }
  // The same; this model's own weights are gone afterwards.
  TextureSampler frozen(at::Device device, at::ScalarType type) && {
    return TextureSampler(options_, FrozenSit(std::move(net_), device, type));
  }

  const TextureOptions& options() const { return options_; }
  const Sit& net() const { return net_; }

  // Velocity (or what the net predicts) for training; `condition` is geometry, encoded here.
  at::Tensor forward(const at::Tensor& x /* [B,5+c,l,1] */, const at::Tensor& t /* [B] */,
                     const at::Tensor& y /* [B] int64 */,
                     const at::Tensor& condition /* [B,l,5] */) const;

 private:
  explicit TextureModel(const TextureOptions& options);

  TextureOptions options_;
  Sit net_;
};

}  // namespace gpst
