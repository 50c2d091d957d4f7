// Where the layout of a picture comes from: the layout generator, or a store.
#pragma once

#include <cstdint>
#include <memory>

#include "layout_gen/calibration.h"
#include "layout_gen/layout_sampler.h"
#include "layout_gen/layout_store.h"
#include "sampler/batch_layouts.h"
#include "sampler/sample_plan.h"
#include "tokenizer/layout.h"

namespace gpst {

// Thread-safe.
class LayoutSource {
 public:
  virtual ~LayoutSource() = default;
  // Initial Gaussians of one picture: [1,l,5].
  virtual Layout layout(const SampleItem& item) const = 0;
  virtual int64_t tokens() const = 0;  // l
  // The same for batches of at most so many pictures. It may keep a reference to this source.
  virtual std::unique_ptr<BatchLayouts> batched(int64_t pictures) const = 0;
};

// The layouts of training pictures: the nth picture of a class takes row n_y - 1 - (nth mod n_y),
// as the published program does.
class StoredLayouts : public LayoutSource {
 public:
  // Any number of Gaussians a layout is legal: the texture model is set-equivariant.
  explicit StoredLayouts(LayoutStore store);
  Layout layout(const SampleItem& item) const override;
  int64_t tokens() const override { return store_.tokens(); }
  std::unique_ptr<BatchLayouts> batched(int64_t pictures) const override;

 private:
  LayoutStore store_;
};

// The paper's generator: a sample of the layout net, calibrated to a valid partition.
class GeneratedLayouts : public LayoutSource {
 public:
  GeneratedLayouts(LayoutSampler generator, const CalibrationOptions& calibration, SigmaInit init,
                   uint64_t seed);
  Layout layout(const SampleItem& item) const override;
  int64_t tokens() const override { return generator_.tokens(); }
  std::unique_ptr<BatchLayouts> batched(int64_t pictures) const override;

 private:
  LayoutSampler generator_;
  CalibrationOptions calibration_;
  SigmaInit init_;
  uint64_t seed_;
};

}  // namespace gpst
