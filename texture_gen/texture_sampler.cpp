#include "texture_gen/texture_sampler.h"

#include <ATen/ATen.h>

#include <array>
#include <utility>

#include "flow/class_rows.h"
#include "flow/sit_field.h"
#include "texture_gen/condition_encoding.h"
#include "texture_gen/texture_target.h"

namespace gpst {

TextureSampler::TextureSampler(const TextureOptions& options, FrozenSit net)
    : options_(options), net_(std::move(net)) {
  options_.check_for_sampling();
}

at::Tensor TextureSampler::condition(const Layout& layouts) const {
  return encode_condition(layouts.values(), options_.condition_encoding);
}

Tokens TextureSampler::sample(const Layout& layouts, std::span<const int64_t> labels,
                              NoiseSource& noise, const SamplingOptions& options,
                              const StateObserver& observe) const {
  return sample_counted(layouts, labels, noise, options, observe).tokens;
}

CountedTokens TextureSampler::sample_counted(const Layout& layouts, std::span<const int64_t> labels,
                                             NoiseSource& noise, const SamplingOptions& options,
                                             const StateObserver& observe) const {
  const Layout placed(layouts.values().to(net_.device()));
  PlacedNoise placed_noise(noise, net_.device());
  const at::Tensor y = class_rows(labels, net_.options().num_classes).to(net_.device());
  SitField field(
      net_, y, condition(placed),
      {.tokens = layouts.tokens(), .times = evaluation_times(options_.transport, options)});
  CountingField counter(field);
  const std::array<int64_t, 4> shape{layouts.tiles(), net_.options().in_channels, layouts.tokens(),
                                     1};
  const at::Tensor sample =
      sample_flow(counter, placed_noise, shape, options_.transport, options, observe);
  return {tokens_from_sample(sample, placed, options_.statistics), counter.rows()};
}

}  // namespace gpst
