#include "layout_gen/layout_model.h"

#include <array>

#include "flow/class_rows.h"
#include "io/safetensors.h"
#include "layout_gen/layout_transform.h"
#include "nn/weights.h"

namespace gpst {

LayoutModel::LayoutModel(const LayoutOptions& options)
    : options_(options), net_(options.model, 0) {}

LayoutModel LayoutModel::load(const LayoutOptions& options, const SafetensorsFile& weights,
                              Log& log) {
  options.check_for_sampling();
  LayoutModel model(options);
  load_weights(model.net_.module(), weights, {}, log);
  return model;
}

LayoutModel LayoutModel::fresh(const LayoutOptions& options, uint64_t seed) {
  LayoutModel model(options);
  model.net_.initialise(seed);
  return model;
}

LayoutModel LayoutModel::to(at::Device device, at::ScalarType type) const {
  LayoutModel copy(*this);
  copy.net_ = net_.to(device, type);
  return copy;
}

at::Tensor LayoutModel::forward(const at::Tensor& x, const at::Tensor& t,
                                const at::Tensor& y) const {
  return net_.forward(x, t, y);
}

Layout LayoutModel::sample(std::span<const int64_t> labels, NoiseSource& noise,
                           const SamplingOptions& options) const {
  options_.check_for_sampling();
  const SitOptions& net = net_.options();
  const PreparedSit prepared =
      net_.prepare(class_and_none_rows(labels, net.num_classes).to(net_.device()));
  PlacedNoise placed_noise(noise, net_.device());
  FunctionField field([&](const at::Tensor& x, float t) { return net_.step(x, t, prepared); });
  const std::array<int64_t, 4> shape{static_cast<int64_t>(labels.size()), net.in_channels, tokens(),
                                     1};
  const at::Tensor sample = sample_flow(field, placed_noise, shape, options_.transport, options);
  return layout_from_sample(sample, options_.statistics);
}

}  // namespace gpst
