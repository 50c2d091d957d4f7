// One step of a sampler through a frozen SiT on the CPU, with random weights.
#pragma once

#include <ATen/ATen.h>

#include <array>

#include "bench/sit_sizes.h"
#include "nn/frozen_sit.h"

namespace gpst::bench {

inline FrozenSit random_sit(const SitOptions& options, at::ScalarType type) {
  const Sit net(options, kConditionChannels);
  net.initialise(0);
  return FrozenSit(net, at::kCPU, type);
}

// `rows` is 1 where guidance does not act, 2 where it does.
class SitStep {
 public:
  SitStep(const SitOptions& options, int64_t rows, at::ScalarType type)
      : net_(random_sit(options, type)),
        rows_(rows > 1 ? SitRows::both : SitRows::with_class),
        x_(at::randn({1, options.in_channels, options.latent_size, 1})) {
    const std::array<float, 1> times{0.5F};
    const SitSchedule schedule = net_.schedule(times);
    batch_ = net_.make_batch({.pictures = 1, .tokens = options.latent_size}, schedule);
    net_.fill(batch_, at::zeros({1}, at::kLong),
              at::randn({1, options.latent_size, kConditionChannels}));
    net_.load_steps(batch_, schedule, 0);
  }

  at::Tensor operator()() const { return net_.step(x_, index_, batch_, rows_); }

 private:
  FrozenSit net_;
  SitRows rows_;
  at::Tensor x_;
  at::Tensor index_ = at::zeros({1}, at::kInt);
  SitBatch batch_;
};

}  // namespace gpst::bench
