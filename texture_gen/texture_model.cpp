#include "texture_gen/texture_model.h"

#include "flow/class_rows.h"
#include "flow/velocity_field.h"
#include "io/safetensors.h"
#include "nn/weights.h"
#include "texture_gen/texture_target.h"

namespace gpst {

TextureModel::TextureModel(const TextureOptions& options)
    : options_(options),
      net_(options.model, gpst::condition_channels(options.condition_encoding)) {}

TextureModel TextureModel::load(const TextureOptions& options, const SafetensorsFile& weights,
                                Log& log) {
  options.check_for_sampling();
  TextureModel model(options);
  load_weights(model.net_.module(), weights, {}, log);
  return model;
}

TextureModel TextureModel::fresh(const TextureOptions& options, uint64_t seed) {
  TextureModel model(options);
  model.net_.initialise(seed);
  return model;
}

TextureModel TextureModel::to(at::Device device, at::ScalarType type) const {
  TextureModel copy(*this);
  copy.net_ = net_.to(device, type);
  return copy;
}

at::Tensor TextureModel::condition(const Layout& layouts) const {
  return encode_condition(layouts.values(), options_.condition_encoding);
}

at::Tensor TextureModel::forward(const at::Tensor& x, const at::Tensor& t, const at::Tensor& y,
                                 const at::Tensor& condition) const {
  return net_.forward(x, t, y, encode_condition(condition, options_.condition_encoding));
}

Tokens TextureModel::sample(const Layout& layouts, std::span<const int64_t> labels,
                            NoiseSource& noise, const SamplingOptions& options,
                            const StateObserver& observe) const {
  return sample_counted(layouts, labels, noise, options, observe).tokens;
}

CountedTokens TextureModel::sample_counted(const Layout& layouts, std::span<const int64_t> labels,
                                           NoiseSource& noise, const SamplingOptions& options,
                                           const StateObserver& observe) const {
  options_.check_for_sampling();
  const Layout placed(layouts.values().to(net_.device()));
  PlacedNoise placed_noise(noise, net_.device());
  const at::Tensor y =
      class_and_none_rows(labels, net_.options().num_classes).to(net_.device());  // [2N]
  const at::Tensor seen = condition(placed);                                      // [N,l,K]
  const PreparedSit prepared = net_.prepare(y, at::cat({seen, seen}));
  FunctionField field([&](const at::Tensor& x, float t) { return net_.step(x, t, prepared); });
  CountingField counter(field);
  const std::array<int64_t, 4> shape{layouts.tiles(), net_.options().in_channels, layouts.tokens(),
                                     1};
  const at::Tensor sample =
      sample_flow(counter, placed_noise, shape, options_.transport, options, observe);
  return {tokens_from_sample(sample, placed, options_.statistics), counter.rows()};
}

}  // namespace gpst
