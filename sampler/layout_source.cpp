#include "sampler/layout_source.h"

#include <ATen/ATen.h>

#include <utility>
#include <vector>

#include "base/philox.h"
#include "flow/noise_source.h"
#include "layout_gen/calibrated_layout.h"
#include "sampler/generated_batch.h"

namespace gpst {
namespace {

// One after the other: reading a layout is nothing to batch.
class StoredBatch final : public BatchLayouts {
 public:
  explicit StoredBatch(const LayoutSource& source) : source_(source) {}
  Layout layouts(std::span<const SampleItem> items) override {
    std::vector<at::Tensor> rows;
    for (const SampleItem& item : items) rows.push_back(source_.layout(item).values());
    return Layout(at::cat(rows));  // [n,l,5]
  }

 private:
  const LayoutSource& source_;
};

}  // namespace

StoredLayouts::StoredLayouts(LayoutStore store) : store_(std::move(store)) {}

Layout StoredLayouts::layout(const SampleItem& item) const {
  return store_.layout(item.label, item.layout_nth());
}

std::unique_ptr<BatchLayouts> StoredLayouts::batched(int64_t /*pictures*/) const {
  return std::make_unique<StoredBatch>(*this);
}

GeneratedLayouts::GeneratedLayouts(LayoutSampler generator, const CalibrationOptions& calibration,
                                   SigmaInit init, uint64_t seed)
    : generator_(std::move(generator)), calibration_(calibration), init_(init), seed_(seed) {}

Layout GeneratedLayouts::layout(const SampleItem& item) const {
  PhiloxNoise noise(seed_, {item.layout_index()},
                    {.initial = Purpose::layout_noise, .step = Purpose::layout_step_noise});
  const int64_t label[] = {item.label};
  return calibrate(generator_.sample(label, noise, generator_.options().sampling), calibration_,
                   init_);
}

std::unique_ptr<BatchLayouts> GeneratedLayouts::batched(int64_t pictures) const {
  return generated_batch(generator_, pictures,
                         {.calibration = calibration_, .init = init_, .seed = seed_});
}

}  // namespace gpst
