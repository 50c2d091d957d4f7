// The layout generator for batches: the net where it is, the calibration on the host.
#pragma once

#include <memory>

#include "layout_gen/calibration.h"
#include "layout_gen/layout_sampler.h"
#include "sampler/batch_layouts.h"
#include "tokenizer/initial_gaussians.h"

namespace gpst {

struct GeneratedBatchOptions {
  CalibrationOptions calibration;
  SigmaInit init = SigmaInit::code;
  uint64_t seed = 0;
};

// The layouts of GeneratedLayouts, to float tolerance before calibration, for at most so many
// pictures at a time.
std::unique_ptr<BatchLayouts> generated_batch(const LayoutSampler& generator, int64_t pictures,
                                              const GeneratedBatchOptions& options);

}  // namespace gpst
