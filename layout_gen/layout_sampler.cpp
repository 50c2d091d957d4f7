#include "layout_gen/layout_sampler.h"

#include <array>
#include <utility>

#include "flow/class_rows.h"
#include "flow/sit_field.h"
#include "layout_gen/layout_transform.h"

namespace gpst {

LayoutSampler::LayoutSampler(const LayoutOptions& options, FrozenSit net)
    : options_(options), net_(std::move(net)) {
  options_.check_for_sampling();
}

Layout LayoutSampler::sample(std::span<const int64_t> labels, NoiseSource& noise,
                             const SamplingOptions& options) const {
  PlacedNoise placed_noise(noise, net_.device());
  const at::Tensor y = class_rows(labels, net_.options().num_classes).to(net_.device());
  SitField field(net_, y, {},
                 {.tokens = tokens(), .times = evaluation_times(options_.transport, options)});
  const std::array<int64_t, 4> shape{static_cast<int64_t>(labels.size()),
                                     net_.options().in_channels, tokens(), 1};
  const at::Tensor sample = sample_flow(field, placed_noise, shape, options_.transport, options);
  return layout_from_sample(sample, options_.statistics);
}

}  // namespace gpst
