// The layout generator with its weights: a small unconditioned SiT. layout_sampler.h makes layouts
// with it, calibration.h turns them into a valid partition.
#pragma once

#include <cstdint>
#include <utility>

#include "layout_gen/layout_options.h"
#include "layout_gen/layout_sampler.h"
#include "nn/sit.h"

namespace gpst {

class Log;
class SafetensorsFile;

class LayoutModel {
 public:
  // For sampling only, with weights; refuses options without statistics (ConfigError) and weights
  // that do not fit (InputError).
  static LayoutModel load(const LayoutOptions& options, const SafetensorsFile& weights, Log& log);

  // For training, with the weights of `seed`.
  static LayoutModel fresh(const LayoutOptions& options, uint64_t seed);

  // A copy for sampling whose weights lie on `device` and compute in `type`. ConfigError for
  // options without statistics, DeviceError as ops/device.h.
  LayoutSampler frozen(at::Device device, at::ScalarType type) const& {
    return LayoutSampler(options_, FrozenSit(net_, device, type));
  }
  // The same; this model's own weights are gone afterwards.
  LayoutSampler frozen(at::Device device, at::ScalarType type) && {
    return LayoutSampler(options_, FrozenSit(std::move(net_), device, type));
  }

  const LayoutOptions& options() const { return options_; }
  const Sit& net() const { return net_; }
  int64_t tokens() const { return net_.options().latent_size; }

  at::Tensor forward(const at::Tensor& x /* [B,5,l,1] */, const at::Tensor& t /* [B] */,
                     const at::Tensor& y /* [B] int64 */) const;

 private:
  explicit LayoutModel(const LayoutOptions& options);

  LayoutOptions options_;
  Sit net_;
};

}  // namespace gpst
