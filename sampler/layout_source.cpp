#include "sampler/layout_source.h"

#include <utility>

#include "base/philox.h"
#include "flow/noise_source.h"
#include "layout_gen/calibrated_layout.h"

namespace gpst {

StoredLayouts::StoredLayouts(LayoutStore store) : store_(std::move(store)) {}

Layout StoredLayouts::layout(const SampleItem& item) const {
  return store_.layout(item.label, item.nth);
}

GeneratedLayouts::GeneratedLayouts(LayoutModel model, const CalibrationOptions& calibration,
                                   SigmaInit init, uint64_t seed)
    : model_(std::move(model)), calibration_(calibration), init_(init), seed_(seed) {}

Layout GeneratedLayouts::layout(const SampleItem& item) const {
  PhiloxNoise noise(seed_, {item.index},
                    {.initial = Purpose::layout_noise, .step = Purpose::layout_step_noise});
  const int64_t label[] = {item.label};
  return calibrate(model_.sample(label, noise, model_.options().sampling), calibration_, init_);
}

}  // namespace gpst
