#include "texture_gen/texture_model.h"

#include "io/safetensors.h"
#include "nn/weights.h"
#include "texture_gen/condition_encoding.h"

namespace gpst {

TextureModel::TextureModel(const TextureOptions& options)
    : options_(options),
      net_(options.model, gpst::condition_channels(options.condition_encoding)) {}

TextureModel TextureModel::load(const TextureOptions& options, const SafetensorsFile& weights,
                                Log& log) {
  options.check_for_sampling();
  TextureModel model(options);
  load_weights(model.net_.module(), weights, {.in_file = true}, log);
  return model;
}

TextureModel TextureModel::fresh(const TextureOptions& options, uint64_t seed) {
  TextureModel model(options);
  model.net_.initialise(seed);
  return model;
}

at::Tensor TextureModel::forward(const at::Tensor& x, const at::Tensor& t, const at::Tensor& y,
                                 const at::Tensor& condition) const {
  return net_.forward(x, t, y, encode_condition(condition, options_.condition_encoding));
}

}  // namespace gpst
