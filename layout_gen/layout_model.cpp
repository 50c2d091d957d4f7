#include "layout_gen/layout_model.h"

#include "io/safetensors.h"
#include "nn/weights.h"

namespace gpst {

LayoutModel::LayoutModel(const LayoutOptions& options)
    : options_(options), net_(options.model, 0) {}

LayoutModel LayoutModel::load(const LayoutOptions& options, const SafetensorsFile& weights,
                              Log& log) {
  options.check_for_sampling();
  LayoutModel model(options);
  load_weights(model.net_.module(), weights, {.in_file = true}, log);
  return model;
}

LayoutModel LayoutModel::fresh(const LayoutOptions& options, uint64_t seed) {
  LayoutModel model(options);
  model.net_.initialise(seed);
  return model;
}

at::Tensor LayoutModel::forward(const at::Tensor& x, const at::Tensor& t,
                                const at::Tensor& y) const {
  return net_.forward(x, t, y);
}

}  // namespace gpst
